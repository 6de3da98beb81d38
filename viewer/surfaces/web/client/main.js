// The page: a connection to the viewer, and the view that the address asks for.

import { CellConnection } from "./cell.js";
import { Connection } from "./connection.js";
import { put } from "./make.js";
import { inCell, place } from "./place.js";
import { VIEWS, routeOf } from "./router.js";

const root = document.getElementById("view");
const notice = document.getElementById("connection");
let shown = null;
let opening = 0; // how many views have been asked for

const connection = new (inCell ? CellConnection : Connection)({
  opened: open,
  received: (words, pictures) => shown?.receive(words, pictures),
  said: (words) => {
    notice.hidden = !words;
    put(notice, "textContent", words);
  },
});

/**
 * Opens the view of the address. The one before it hears and takes nothing from now on, as the address is no longer its
 * own; it stays in sight until the code of the next one is there. Of several that are asked for the last one is opened.
 */
async function open() {
  const route = routeOf(place);
  const turn = ++opening;
  shown?.close();
  shown = null;
  root.inert = true;
  const module = await VIEWS[route.view]();
  if (turn !== opening) return;
  root.replaceChildren();
  root.inert = false;
  shown = module.open(root, connection, route);
}

/** Goes to another address of this page. */
export function go(path) {
  place.push(path);
  open();
}

/** The same in the place of this address. */
export function replace(path) {
  place.replace(path + place.search);
  open();
}

window.addEventListener("popstate", open);
connection.connect();
