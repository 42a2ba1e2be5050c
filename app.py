"""python app.py: build the page and serve it."""

from demo.page import build, launch

demo = build()

if __name__ == "__main__":
    launch(demo)
