"""Which process a function runs in, and who is next.

The server's own process answers Gradio's calls, so many at a time (`limits`); a visitor's calls to one handler go one
after another (`turns`), or the newest replaces those before it (`tickets`, which also seats those who train).
What is asked twice is computed once (`once`). A view's values are computed by the crew (`crew`): worker processes
(`worker`), each given to whoever is next in the line (`line`), cheap answers before dear ones. Inside the worker of
images several visitors share each pass of the network (`together`).
"""
