// the words of a GraphQL text: {kind, text, from, to}
const WORD = /(#[^\n\r]*)|("""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n\r])*"?)|(\.\.\.|[!$()\[\]{}:=@|&])|([_A-Za-z]\w*)|(-?\d[\w.+-]*)|([\s,\ufeff]+|[^])/gy;
const KEYWORDS = new Set(["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"]);

function words(text) {
  const kinds = ["comment", "string", "mark", "name", "number", "space"];
  const found = [];
  WORD.lastIndex = 0;
  for (let match = WORD.exec(text); match; match = WORD.exec(text)) {
    const kind = kinds[match.slice(1).findIndex((part) => part !== undefined)];
    found.push({ kind, text: match[0], from: match.index, to: WORD.lastIndex });
    if (WORD.lastIndex >= text.length) break;
  }
  return found;
}

// where a line and a column, both from 1, stand in a text
function offset(text, line, column) {
  const lines = text.split("\n").slice(0, line - 1);
  return lines.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
}

// the coloured text behind the textarea; `wrong` are offsets that errors name
let wrong = [];
function paint() {
  const text = at("query").value;
  let before = "";
  const pieces = words(text).map((word) => {
    let kind = word.kind === "name" && KEYWORDS.has(word.text) ? "keyword" : word.kind;
    if (before === "$" || word.text === "$") kind = "variable";
    if (word.kind !== "space") before = word.text;
    const piece = element("span", word.text, "t-" + kind);
    if (word.kind !== "space" && wrong.some((place) => place >= word.from && place < word.to)) piece.classList.add("t-wrong");
    return piece;
  });
  at("query-view").replaceChildren(...pieces, "\n");
  at("query-view").scrollTop = at("query").scrollTop;
  at("query-view").scrollLeft = at("query").scrollLeft;
}

// every selection on a line of its own, arguments left as they are
function tidied(text) {
  let depth = 0;
  const inside = [];
  let line = "";
  const lines = [];
  const end = () => { if (line.trim()) lines.push("  ".repeat(depth) + line.trim()); line = ""; };
  const all = words(text).filter((word) => word.kind !== "space");
  for (const [index, word] of all.entries()) {
    const next = all[index + 1]?.text;
    if (word.kind === "comment") { end(); line = word.text; end(); continue; }
    if (inside.length === 0 && word.text === "}") { end(); depth -= 1; line = "}"; end(); if (depth === 0) lines.push(""); continue; }
    const tight = /[(\[$@.]$/.test(line) || [")", "]", ":", "!", "("].includes(word.text);
    // a list's values, and names with their values, stand behind one another
    const begins = next === ":" || word.text === "$" || inside.at(-1) === "[";
    const first = ["{", ":", "="].includes(all[index - 1]?.text) || ["=", "}"].includes(word.text);
    const value = inside.length > 0 && begins && !first;
    line += (line && !tight ? (value ? ", " : " ") : "") + word.text;
    if ("([".includes(word.text) || (inside.length > 0 && word.text === "{")) inside.push(word.text);
    else if (inside.length > 0 && ")]}".includes(word.text)) inside.pop();
    if (inside.length === 0 && word.text === "{") { end(); depth += 1; continue; }
    const goesOn = ["(", "{", ":", "@", "=", ")", "}"].includes(next) && next !== "}";
    const isField = depth > 0 && inside.length === 0 && (word.kind === "name" || word.text === ")");
    const waits = [":", "...", "@", "on"].includes(word.text) || (all[index - 1]?.text === "..." && word.text === "on");
    if (isField && !goesOn && !waits) end();
  }
  end();
  return lines.join("\n").trim() + "\n";
}

// JSON in colours; a very long answer stays plain, it would only make the page slow
function paintAnswer(body) {
  const text = JSON.stringify(body, null, 2);
  if (text.length > 300000) { at("result").textContent = text; return; }
  const parts = text.split(/("(?:\\.|[^"\\])*"(?:\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b)/);
  at("result").replaceChildren(...parts.filter(Boolean).map((part) => {
    if (/^".*:$/.test(part)) return element("span", part, "t-key");
    if (part.startsWith("\"")) return element("span", part, "t-string");
    if (/^(-?\d|true|false|null)/.test(part)) return element("span", part, "t-number");
    return document.createTextNode(part);
  }));
}
