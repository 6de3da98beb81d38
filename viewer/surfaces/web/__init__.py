"""The page in a browser: HTML around one picture a panel, each tab with a session of its own on shared runs.

A tab is one `Visit` (`visit.py`). It opens a view with what stands in the address, hands it what the page says
(`messages.py`, a strict union), and gives out sheets: words (JSON) and patches of pictures (`sheet.py`). The page
acknowledges each sheet; with two on their way none is made, so the newest state wins and nothing queues. `server.py`
carries it all over a web socket, `door.py` says who may in, `store.py` shares the runs. In a cell of a notebook
`widget.js` puts the same page into a frame (`in_cell.py`), and a pipe carries it all (`piped.py`).

To add a view `runs`, say:

- on the server: a class of `View` in `views/runs.py`, and its line in `views.VIEWS`; what its page says that no other
  does is one struct in `messages.py`, added to the union there;
- in the browser: a module `client/runs.js` with `export function open(root, connection, route)`, which gives back
  `{receive(words, pictures), close()}`, and its line in `VIEWS` and in `routeOf` of `client/router.js`.
"""
