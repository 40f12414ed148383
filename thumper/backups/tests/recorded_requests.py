"""Requests recorded: `python -m` this module reads addresses from stdin and prints every answer as JSON."""

from __future__ import annotations

import base64
import json
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "thumper.settings")
    django.setup()
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    answers = {}
    for address in json.load(sys.stdin):
        answer = client.get(address)
        content = answer.getvalue()
        text = base64.b64encode(content).decode()
        answers[address] = [answer.status_code, answer.headers["Content-Type"], text]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
