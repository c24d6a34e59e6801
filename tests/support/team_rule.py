"""Team rule: one rule of a team's own, whose action a test changes while the pipeline runs."""

RULE = """
id: team.iam.group-made
title: A group was made
action: {action}
because: groups give rights
match: {{eventSource: [iam.amazonaws.com], eventName: [CreateGroup]}}
tests: [{{name: made, event: {{eventSource: iam.amazonaws.com, eventName: CreateGroup}}, expect: {action}}}]
"""
