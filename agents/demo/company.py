"""Company: the made-up company of the demo, its three accounts and the engineer that you are."""

ACCOUNTS = {"111122223333": "production", "222233334444": "staging", "333344445555": "sandbox"}
PRODUCTION, STAGING, SANDBOX = ACCOUNTS

PERSON = "ada"
NAME = "Ada Lovelace"
EMAIL = "ada@example.com"
SLACK_USER = "U01ADADEMO"
DUO_USER = "ada"

PEOPLE_YAML = f"""\
people:
  - id: {PERSON}
    name: {NAME}
    slack: {SLACK_USER}
    duo: {DUO_USER}
    aws: {{sso: [{EMAIL}]}}
accounts:
""" + "".join(f'  "{number}": {{name: {name}, owner: {PERSON}}}\n' for number, name in ACCOUNTS.items())
