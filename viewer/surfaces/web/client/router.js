// Which view an address asks for, with which runs, and what is set in it.

import { place } from "./place.js";

/** The views: a module each, with `open(root, connection, route)`. */
export const VIEWS = {
  compare: () => import("./compare.js"),
  dashboard: () => import("./dashboard.js"),
  runs: () => import("./runs.js"),
  samples: () => import("./samples.js"),
};

const OF_PATH = { compare: "compare", run: "dashboard", samples: "samples" };
const REST = 200; // milliseconds after which a hand rests
const NUMBERS = ["epoch", "threshold", "band", "speed", "label"];
const SWITCHES = ["live", "log"];
const WORDS = ["at", "split", "output", "theme", "layout", "metrics", "best"];

/** {view, runs, more, at, panel}: the view, the names of its runs, those of them behind the first, what is set, and which panel is large. */
export function routeOf(location) {
  const [, kind, ...name] = location.pathname.split("/").map(decodeURIComponent);
  const query = new URLSearchParams(location.search);
  const more = query.getAll("run");
  const runs = [name.join("/"), ...more].filter(Boolean);
  const panel = query.has("panel") ? Number(query.get("panel")) : null;
  return { view: OF_PATH[kind] ?? "runs", runs, more, at: settings(query), panel };
}

/** What an address sets, each of the kind that the viewer takes. */
function settings(query) {
  const found = {};
  for (const [name, value] of query) {
    const number = Number(value);
    const sample = name === "sample" && /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(value);
    if (sample) found.sample = [Number(sample[1]), Number(sample[2] ?? 0)];
    else if (NUMBERS.includes(name) && value.trim() && Number.isFinite(number)) found[name] = name === "label" ? Math.round(number) : number;
    else if (SWITCHES.includes(name)) found[name] = value === "1";
    else if (name === "theme" && !["light", "dark"].includes(value)) continue;
    else if (WORDS.includes(name)) found[name] = value.slice(0, 2000);
  }
  return found;
}

/** Does something at once; of what follows one another only the last, once the hand rests. */
export class AtRest {
  constructor(act) {
    this.act = act;
    this.asked = -Infinity;
    this.stopped = false;
  }

  ask() {
    if (this.stopped) return;
    clearTimeout(this.coming);
    const rested = performance.now() - this.asked > REST;
    this.asked = performance.now();
    if (rested) this.act();
    else this.coming = setTimeout(this.act, REST);
  }

  /** Does it no more. */
  stop() {
    clearTimeout(this.coming);
    this.stopped = true;
  }
}

/** Writes what is set into the address, in place of what stood there; undefined, null, false and "" are left out. */
export function remember(path, settings, runs = []) {
  const query = new URLSearchParams();
  for (const run of runs) query.append("run", run);
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || value === null || value === false || value === "") continue;
    query.set(name, value === true ? "1" : String(value));
  }
  const words = query.toString();
  const address = path + (words ? `?${words}` : "");
  if (address !== place.pathname + place.search) place.replace(address);
}
