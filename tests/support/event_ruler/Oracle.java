import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;

/** Answers pairs of a pattern and an event, a line each: [pattern, event], both as the JSON texts they are. */
final class Oracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(final String[] arguments) throws Exception {
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final JsonNode pair = JSON.readTree(line);
            out.println(JSON.writeValueAsString(answer(pair.get(0).asText(), pair.get(1).asText())));
        }
        out.flush();
    }

    /** "true", "false", or what is wrong with the pattern. */
    private static String answer(final String pattern, final String event) {
        // Without overriding: a field that stands twice is refused, as EventBridge does when a rule is put.
        final String fault = JsonRuleCompiler.check(pattern, false);
        if (fault != null) {
            return "refused: " + fault.lines().findFirst().orElse("");
        }
        try {
            final Machine machine = new Machine();
            machine.addRule("rule", pattern);
            return String.valueOf(!machine.rulesForJSONEvent(event).isEmpty());
        } catch (final Exception broken) {
            return "refused: " + broken;
        }
    }
}
