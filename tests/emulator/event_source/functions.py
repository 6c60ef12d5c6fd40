"""The function that the functional tests deploy. It appends what it sees to a file and behaves as its environment says."""

SOURCE = """
import base64, json, os, time

def handler(event, context):
    records = event["Records"]
    texts = [base64.b64decode(record["kinesis"]["data"]).decode() for record in records]
    failed = next((i for i, text in enumerate(texts) if text.startswith("poison")), None)
    began = time.time()
    time.sleep(float(os.environ.get("SECONDS", "0")))
    with open(os.environ["SEEN"] + ".begun", "a") as begun:
        begun.write("*")
    while os.path.getsize(os.environ["SEEN"] + ".begun") < int(os.environ.get("TOGETHER", "0")) and time.time() < began + 40:
        time.sleep(0.01)
    line = {"texts": texts, "began": began, "ended": time.time(), "record": records[0]}
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps(line) + "\\n")
    if failed is None:
        return {"batchItemFailures": []}
    if os.environ.get("REPORTS") == "1":
        return {"batchItemFailures": [{"itemIdentifier": records[failed]["kinesis"]["sequenceNumber"]}]}
    raise RuntimeError(texts[failed])
"""
