"""Tables of a package in the structure of the standard's own example."""

from __future__ import annotations

import csv
import io

PROFILE = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0/camtrap-dp-profile.json"
DEPLOYMENT = {
    "deploymentID": "00a2c20d",
    "locationID": "e254a13c",
    "locationName": "B_HS_val 2_processiepark",
    "latitude": "51.496",
    "longitude": "4.774",
    "coordinateUncertainty": "187",
    "deploymentStart": "2020-05-30T04:57:37+02:00",
    "deploymentEnd": "2020-07-01T11:41:41+02:00",
    "cameraID": "320",
    "deploymentComments": "",
}
OBSERVED = {
    "observationID": "",
    "deploymentID": "00a2c20d",
    "mediaID": "",
    "eventID": "4bb69c45",
    "eventStart": "2020-05-30T02:57:37Z",
    "eventEnd": "2020-05-30T02:57:44Z",
    "observationLevel": "media",
    "observationType": "animal",
    "cameraSetupType": "",
    "scientificName": "Odocoileus virginianus",
    "count": "1",
    "lifeStage": "",
    "sex": "",
    "individualID": "",
    "bboxX": "",
    "bboxY": "",
    "bboxWidth": "",
    "bboxHeight": "",
    "classificationMethod": "human",
    "classifiedBy": "Peter Desmet",
    "classificationProbability": "",
    "observationTags": "",
}
BOX = {"bboxX": "0.25", "bboxY": "0.5", "bboxWidth": "0.5", "bboxHeight": "0.25"}


def media(name: str, second: int = 37, **cells: str) -> dict[str, str]:
    return {
        "mediaID": name,
        "deploymentID": "00a2c20d",
        "captureMethod": "activityDetection",
        "timestamp": f"2020-05-30T02:57:{second}Z",
        "filePath": f"media/{name}.JPG",
        "filePublic": "true",
        "fileMediatype": "image/jpeg",
    } | cells


def observed(of: str = "", **cells: str) -> dict[str, str]:
    level = {} if of else {"observationLevel": "event"}
    return OBSERVED | {"mediaID": of, "observationID": f"{of}_1"} | level | cells


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
