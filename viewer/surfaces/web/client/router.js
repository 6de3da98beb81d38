// Which view an address asks for, with which runs, and what is set in it.

/** The views: a module each, with `open(root, connection, route)`. */
export const VIEWS = {
  dashboard: () => import("./dashboard.js"),
  runs: () => import("./runs.js"),
};

const NUMBERS = ["epoch", "threshold", "band", "speed", "label"];
const SWITCHES = ["live", "playing", "log"];

/** {view, runs, at}: the view, the names of its runs, and what is set in the address. */
export function routeOf(location) {
  const [, kind, ...name] = location.pathname.split("/").map(decodeURIComponent);
  const query = new URLSearchParams(location.search);
  const first = name.join("/");
  const runs = [first, ...query.getAll("run")].filter(Boolean);
  if (kind === "run") return { view: "dashboard", runs, at: settings(query) };
  return { view: "runs", runs, at: settings(query) };
}

/** What an address sets, each of the kind that the viewer takes. */
function settings(query) {
  const found = {};
  for (const [name, value] of query) {
    if (name === "run" || name === "token" || name === "panel") continue;
    if (NUMBERS.includes(name)) {
      if (value !== "" && Number.isFinite(Number(value))) found[name] = Number(value);
    } else if (SWITCHES.includes(name)) found[name] = value === "1";
    else if (["split", "output", "theme", "layout", "metrics"].includes(name)) found[name] = value;
  }
  return found;
}

/** Writes what is set into the address, in place of what stood there; undefined, null and "" are left out. */
export function remember(path, settings, runs = []) {
  const query = new URLSearchParams();
  for (const run of runs) query.append("run", run);
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || value === null || value === "" || value === false) continue;
    query.set(name, value === true ? "1" : String(value));
  }
  const words = query.toString();
  const address = path + (words ? `?${words}` : "");
  if (address !== window.location.pathname + window.location.search) history.replaceState(history.state, "", address);
}
