// From a run to the others: back to the table, and the runs that started before and after it.

import { go } from "./main.js";
import { make, put } from "./make.js";
import { inCell, place } from "./place.js";
import { address } from "./runs_row.js";

const TABLE = "epochreel-table"; // the address of the table as it was left

/** Remembers how the table stands, for the way back. */
export function leaveTable() {
  place.keep(TABLE, place.pathname + place.search);
}

export class Around {
  constructor() {
    this.table = link("all runs", "back to the table of all runs");
    this.older = link("‹ older", "");
    this.newer = link("newer ›", "");
    this.element = make("nav", { class: "around", "aria-label": "Runs" }, this.table, this.older, this.newer);
  }

  /** Goes back to the table, where there is one. */
  back() {
    if (!this.element.hidden) this.table.click();
  }

  /** around: what the viewer says of the other runs; set: what is set here, which stays but for the epoch or step. */
  show({ around, set }) {
    if (!around) return;
    put(this.element, "hidden", !around.table);
    this.table.href = place.kept(TABLE) ?? "/";
    const query = new URLSearchParams(Object.entries(set ?? {}).filter(([name]) => !["epoch", "at", "live"].includes(name)));
    for (const [name, element] of [["older", this.older], ["newer", this.newer]]) {
      put(element, "hidden", !around[name]);
      element.href = `/run/${address(around[name])}${query.size ? `?${query}` : ""}`;
      put(element, "title", around[name]);
    }
  }
}

/** A link within the page, which needs no loading anew. */
export function link(words, title) {
  const click = (event) => {
    if (!inCell && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    go(event.currentTarget.getAttribute("href"));
  };
  return make("a", { href: "/", title, click }, words);
}
