"""stand-in until the server branch lands"""
import logging

log = logging.getLogger("demo")
SORRY = "Something went wrong on the server; it was logged. Your settings are kept: change one to try again."
