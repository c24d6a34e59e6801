"""SVG: two kinds of plots for the reports, bars and lines, drawn without a library."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 240, 110, 26, 40
HEIGHT = 300
COLOURS = ("#2563a8", "#c2571a", "#3b7d3b", "#7a4b9a", "#8a6d1a", "#5a6470")
STYLE = "font-family:sans-serif;font-size:12px;fill:#222"

Point = tuple[float, float]


def bars(title: str, rows: Sequence[tuple[str, float]], unit: str) -> str:
    """Horizontal bars in the order given, each with its value; the first one is ours."""
    most = max((value for _, value in rows), default=1.0) or 1.0
    height = TOP + ROW * len(rows) + 12
    parts = [_text(12, 22, title, weight="bold")]
    for number, (name, value) in enumerate(rows):
        y = TOP + ROW * number
        width = (WIDTH - LEFT - RIGHT) * value / most
        colour = COLOURS[0] if number == 0 else COLOURS[-1]
        parts += [
            _text(LEFT - 8, y + 15, name, anchor="end"),
            f'<rect x="{LEFT}" y="{y + 2}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}"/>',
            _text(LEFT + width + 6, y + 15, f"{value:,.3g} {unit}" if value < 1_000 else f"{value:,.0f} {unit}"),
        ]
    return _svg(height, parts)


def lines(title: str, series: Mapping[str, Sequence[Point]], x_unit: str, y_unit: str) -> str:
    """Lines over one pair of axes that both start at 0."""
    points = [point for line in series.values() for point in line]
    most_x = max((x for x, _ in points), default=1.0) or 1.0
    most_y = max((y for _, y in points), default=1.0) or 1.0
    wide, high = WIDTH - 100, HEIGHT - TOP - 40
    axes = f"M70 {TOP}V{TOP + high}H{70 + wide}"
    parts = [_text(12, 22, title, weight="bold"), f'<path d="{axes}" fill="none" stroke="#888"/>']
    parts += [
        _text(64, TOP + 10, f"{most_y:,.3g}" if most_y < 1_000 else f"{most_y:,.0f}", anchor="end"),
        _text(64, TOP + 26, y_unit, anchor="end"),
        _text(70 + wide, TOP + high + 18, f"{most_x:,.3g} {x_unit}", anchor="end"),
    ]
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{70 + wide * x / most_x:.1f},{TOP + high - high * y / most_y:.1f}" for x, y in line)
        parts += [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
            _text(80 + 160 * number, TOP + high + 34, name, colour=colour),
        ]
    return _svg(HEIGHT, parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "", colour: str = "") -> str:
    more = f' font-weight="{weight}"' if weight else ""
    more += f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _svg(height: int, parts: Sequence[str]) -> str:
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>text{{{STYLE}}}</style>'
    back = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([head, back, *parts, "</svg>", ""])
