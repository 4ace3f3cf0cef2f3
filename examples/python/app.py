import os
import platform

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return f"Hello from Python {platform.python_version()} on {platform.machine()}\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
