// Where the page stands: at the address of its tab; in a cell of a notebook at an address of its own, which nobody sees.

export const inCell = "cell" in document.documentElement.dataset;

let hidden = new URL("http://cell/run/latest");
const here = new Map(); // what a frame keeps, which may have no storage

/** As `window.location` and `history` say it, with addresses below the root. */
export const place = {
  get pathname() {
    return inCell ? hidden.pathname : window.location.pathname;
  },
  get search() {
    return inCell ? hidden.search : window.location.search;
  },
  replace(address) {
    if (inCell) hidden = new URL(address, hidden);
    else history.replaceState(history.state, "", address);
  },
  push(address) {
    if (inCell) hidden = new URL(address, hidden);
    else history.pushState(null, "", address);
  },
  /** Keeps a word for as long as the page is open, however it is loaded. */
  keep(name, words) {
    if (inCell) here.set(name, words);
    else sessionStorage.setItem(name, words);
  },
  kept(name) {
    return (inCell ? here.get(name) : sessionStorage.getItem(name)) ?? null;
  },
};
