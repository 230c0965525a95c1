"use strict";
const at = (id) => document.getElementById(id);
const embedded = (id) => JSON.parse(at(id).textContent);
const say = (id, text, kind) => { at(id).textContent = text; at(id).className = kind || ""; };
const element = (tag, text, kind) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
const button = (text, act) => {
  const made = element("button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};

// UUID version 4: not crypto.randomUUID, which a page without TLS does not have
const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

// tabs: arrows move between them, as the ARIA pattern has it
const tabs = ["result", "docs", "history"];
function show(name) {
  for (const one of tabs) {
    const chosen = one === name;
    at("tab-" + one).setAttribute("aria-selected", String(chosen));
    at("tab-" + one).tabIndex = chosen ? 0 : -1;
    at("pane-" + one).hidden = !chosen;
  }
}
for (const [index, name] of tabs.entries()) {
  at("tab-" + name).addEventListener("click", () => show(name));
  at("tab-" + name).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    show(next);
    at("tab-" + next).focus();
  });
}
