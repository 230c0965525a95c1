// what may stand at the caret: names with what they are
function offers(text, caret) {
  const all = words(text.slice(0, caret)).filter((word) => !["space", "comment"].includes(word.kind));
  const partial = all.at(-1)?.kind === "name" && all.at(-1).to === caret ? all.pop().text : "";
  const stack = [];
  let root = roots.query;
  let field = null;
  let before = "";
  for (const [index, word] of all.entries()) {
    const top = stack.at(-1);
    const next = all[index + 1]?.text;
    if (word.kind === "name" && !top) {
      if (roots[word.text]) root = roots[word.text];
      if (before === "on") root = word.text;
    } else if (word.kind === "name" && top.kind === "selection") {
      if (before === "on" || (before === "..." && word.text === "on")) field = { type: { name: word.text } };
      else if (before !== "@" && next !== ":") field = fieldsOf(top.type).find((one) => one.name === word.text) ?? null;
    } else if (word.kind === "name" && next === ":" && top.inputs) {
      top.awaited = top.inputs.find((one) => one.name === word.text)?.type;
    } else if (before === ":" && top?.inputs && !["{", "["].includes(word.text) && word.text !== "$") {
      top.awaited = null;
    } else if (before === "$" && top?.inputs) {
      top.awaited = null;
    }
    if (word.text === "{" && (!top || top.kind === "selection")) {
      const type = top ? inner(field?.type) ?? (before === "..." ? top.type : undefined) : types.get(root);
      stack.push({ kind: "selection", type });
      field = null;
    } else if (word.text === "{") {
      const type = inner(top.awaited ?? top.type);
      top.awaited = null;
      stack.push({ kind: "input", inputs: type?.inputFields ?? [] });
    } else if (word.text === "[" && top && top.kind !== "variables") {
      stack.push({ kind: "list", type: top.awaited ?? top.type });
      top.awaited = null;
    } else if (word.text === "(") {
      stack.push(top ? { kind: "input", inputs: field?.args ?? [] } : { kind: "variables" });
    } else if (["}", ")", "]"].includes(word.text) && !(word.text === "]" && top?.kind === "variables")) {
      stack.pop();
      if (stack.length === 0 && word.text === "}") root = roots.query;
    }
    before = word.text;
  }
  return { partial, list: offered(stack.at(-1), before, text) };
}

const ofEnum = (type) => (type?.enumValues ?? []).map((value) => ({ name: value.name, is: type.name }));

function offered(top, before, text) {
  const declared = [...new Set(text.match(/\$\w+(?=\s*:)/g) ?? [])].map((name) => ({ name, is: "biến" }));
  const described = (one) => ({ name: one.name, is: shape(one.type) });
  if (before === "@") return ["include", "skip"].map((name) => ({ name, is: "chỉ thị" }));
  if (before === "$") return declared.map((one) => ({ ...one, name: one.name.slice(1) }));
  if (before === "on" && top?.type?.possibleTypes) return top.type.possibleTypes.map((type) => ({ name: type.name, is: type.kind }));
  if (before === "on") return [...types.values()].filter((type) => type.fields && !type.name.startsWith("__")).map((type) => ({ name: type.name, is: type.kind }));
  if (!top) return ["query", "mutation", "fragment"].map((name) => ({ name, is: "" }));
  if (top.kind === "selection") return [...(top.type?.fields ?? []).map(described), { name: "__typename", is: "String!" }];
  if (top.kind === "variables") {
    const inputs = [...types.values()].filter((type) => ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(type.kind));
    return [":", "["].includes(before) ? inputs.map((type) => ({ name: type.name, is: type.kind })) : [];
  }
  const awaited = inner(top.kind === "list" ? top.type : top.awaited);
  if (awaited) {
    const plain = awaited.name === "Boolean" ? ["true", "false"].map((name) => ({ name, is: "Boolean" })) : [];
    return [...ofEnum(awaited), ...plain, ...declared];
  }
  return (top.inputs ?? []).map(described);
}

let offering = [];
let picked = 0;

function close() {
  offering = [];
  at("suggestions").hidden = true;
  at("query").setAttribute("aria-expanded", "false");
  at("query").removeAttribute("aria-activedescendant");
}

function suggest(asked) {
  const query = at("query");
  if (query.selectionStart !== query.selectionEnd || types.size === 0) return close();
  const { partial, list } = offers(query.value, query.selectionStart);
  if (!asked && !partial) return close();
  const wanted = partial.toLowerCase();
  const fit = list.filter((one) => one.name.toLowerCase().includes(wanted) && one.name !== partial);
  const rank = (one) => (one.name.toLowerCase().startsWith(wanted) ? 0 : 1);
  offering = fit.sort((one, other) => rank(one) - rank(other)).slice(0, 50).map((one) => ({ ...one, partial }));
  if (offering.length === 0) return close();
  picked = 0;
  at("suggestions").replaceChildren(...offering.map((one, index) => {
    const item = element("li", one.name);
    item.id = "suggestion-" + index;
    item.setAttribute("role", "option");
    item.append(element("small", one.is));
    // before the textarea loses the focus
    item.addEventListener("mousedown", (event) => { event.preventDefault(); take(index); });
    return item;
  }));
  at("suggestions").hidden = false;
  query.setAttribute("aria-expanded", "true");
  place();
  mark();
}

// under the caret: the painted text has the same measures as the textarea
function place() {
  const query = at("query");
  const range = document.createRange();
  const walker = document.createTreeWalker(at("query-view"), NodeFilter.SHOW_TEXT);
  let left = query.selectionStart;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (left > node.length) { left -= node.length; continue; }
    range.setStart(node, left);
    break;
  }
  const caret = range.getBoundingClientRect();
  const box = query.parentElement.getBoundingClientRect();
  const list = at("suggestions");
  const most = Math.max(0, box.width - list.offsetWidth);
  list.style.left = Math.min(most, Math.max(0, caret.left - box.left)) + "px";
  list.style.top = caret.bottom - box.top + 4 + "px";
}

function mark() {
  for (const [index, item] of [...at("suggestions").children].entries()) {
    item.setAttribute("aria-selected", String(index === picked));
    if (index === picked) item.scrollIntoView({ block: "nearest" });
  }
  at("query").setAttribute("aria-activedescendant", "suggestion-" + picked);
}

function take(index) {
  const one = offering[index];
  const query = at("query");
  query.setRangeText(one.name, query.selectionStart - one.partial.length, query.selectionStart, "end");
  changed();
  close();
}

function changed() {
  wrong = [];
  paint();
}

at("query").addEventListener("input", () => { changed(); suggest(false); });
at("query").addEventListener("scroll", () => { paint(); close(); });
at("query").addEventListener("blur", close);
at("query").addEventListener("click", close);
at("query").addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.code === "Space") { event.preventDefault(); suggest(true); return; }
  if (offering.length === 0) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    picked = (picked + step + offering.length) % offering.length;
    mark();
  } else if (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey)) {
    event.preventDefault();
    take(picked);
  } else if (event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
    close();
  }
});
