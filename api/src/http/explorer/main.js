// examples, running, history
const accounts = embedded("accounts");
const examples = embedded("examples");
let chosen = null;
const kept = new Map();
const past = [];

function useAccount(account) {
  at("login").value = account.login;
  at("password").value = account.password;
  entering = signIn();
}

// the value at the end of a path that may begin anywhere in the answer; of a list the first element is meant
function reached(value, path) {
  const end = path.reduce((within, name) => (Array.isArray(within) ? within[0] : within)?.[name], value);
  if (end !== undefined && end !== null) return end;
  if (value === null || typeof value !== "object") return undefined;
  for (const within of Object.values(value)) {
    const found = reached(within, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

// the variables as they are sent; a name that nothing has been kept for yet is added to what is missing
function filled(text, missing) {
  return JSON.parse(text.replaceAll("{{uuid}}", newId) || "{}", (key, value) => {
    const name = typeof value === "string" ? value.match(/^\$([A-Z_]+)$/)?.[1] : undefined;
    if (name === undefined) return value;
    if (!kept.has(name)) missing.push(name);
    return kept.get(name) ?? null;
  });
}

function sayMissing(name) {
  const before = chosen ? examples.slice(0, examples.indexOf(chosen)) : examples;
  const giver = before.filter((example) => name in example.keep).pop();
  say("state", "Chưa có $" + name + (giver ? ": hãy chạy “" + giver.title + "” trước" : ""), "bad");
}

async function run() {
  let variables;
  const missing = [];
  close();
  show("result");
  try {
    variables = filled(at("variables").value, missing);
  } catch (error) {
    say("state", "Biến không phải JSON hợp lệ: " + error.message, "bad");
    at("variables").focus();
    return;
  }
  if (missing.length > 0) {
    sayMissing(missing[0]);
    return;
  }
  at("run").disabled = true;
  say("state", "Đang chạy…");
  const query = at("query").value;
  try {
    await entering;
    const answer = await send(query, variables);
    tell(answer, query);
    remember(answer, query);
    for (const [name, path] of Object.entries(chosen?.keep ?? {})) {
      const value = reached(answer.body.data, path);
      if (value !== undefined) kept.set(name, value);
    }
  } catch {
    say("state", "Không kết nối được máy chủ", "bad");
  }
  at("run").disabled = false;
}

function tell({ status, body, time, bytes }, query) {
  const cost = body.extensions?.cost;
  const price = typeof cost === "object" && cost !== null ? Object.entries(cost).map((part) => part.join(" ")).join(", ") : cost;
  const parts = ["HTTP " + status, time + " ms", bytes < 1024 ? bytes + " byte" : (bytes / 1024).toFixed(1) + " KiB"];
  if (price !== undefined) parts.push("chi phí: " + price);
  if (body.errors) parts.push(body.errors.length + " lỗi");
  say("state", parts.join(" · "), body.errors ? "bad" : "good");
  paintAnswer(body);
  wrong = (body.errors ?? []).flatMap((error) => error.locations ?? []).map((place) => offset(query, place.line, place.column));
  paint();
  at("errors").hidden = !body.errors;
  at("errors").replaceChildren(...(body.errors ?? []).map((error) => {
    const item = element("li", error.message + " ");
    const code = [error.extensions?.code, error.extensions?.rule].filter(Boolean).join(" / ");
    if (code) item.append(element("code", code), " ");
    if (error.path) item.append(element("code", error.path.join(".")), " ");
    for (const place of error.locations ?? []) {
      item.append(button("dòng " + place.line + ", cột " + place.column, () => {
        const from = offset(at("query").value, place.line, place.column);
        at("query").focus();
        at("query").setSelectionRange(from, from);
      }), " ");
    }
    return item;
  }));
}

function remember({ status, body, time }, query) {
  const one = { query, variables: at("variables").value, example: chosen };
  past.unshift(one);
  past.splice(50);
  const title = query.match(/\b(?:query|mutation|subscription)\s+(\w+)/)?.[1] ?? query.trim().slice(0, 60);
  const item = element("li");
  item.append(
    button(title, () => restore(one)),
    element("small", new Date().toLocaleTimeString("vi") + " · HTTP " + status + " · " + time + " ms" + (body.errors ? " · có lỗi" : "")),
  );
  at("history").prepend(item);
  while (at("history").children.length > 50) at("history").lastChild.remove();
}

function restore(one) {
  chosen = one.example;
  at("query").value = one.query;
  at("variables").value = one.variables;
  changed();
  show("result");
}

function choose(example) {
  chosen = example;
  at("query").value = example.query;
  at("variables").value = JSON.stringify(example.variables, null, 2);
  changed();
  const account = accounts.find((one) => one.login === example.login);
  if (!account || current === account.login) return;
  at("account").value = String(accounts.indexOf(account));
  useAccount(account);
}

// a list to choose from, in groups where its items have a role
function fill(select, items, text, use) {
  if (items.length === 0) return;
  at(select + "-box").hidden = false;
  at(select).append(new Option("– chọn –", ""));
  let group = null;
  for (const [index, item] of items.entries()) {
    if (item.role && group?.label !== item.role) {
      group = element("optgroup");
      group.label = item.role;
      at(select).append(group);
    }
    (item.role ? group : at(select)).append(new Option(item[text], String(index)));
  }
  at(select).addEventListener("change", () => { const item = items[at(select).value]; if (item) use(item); });
}

fill("account", accounts, "label", useAccount);
fill("example", examples, "title", choose);
at("run").addEventListener("click", run);
at("tidy").addEventListener("click", () => { at("query").value = tidied(at("query").value); changed(); });
document.addEventListener("keydown", (event) => {
  const control = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && control && !at("run").disabled) { event.preventDefault(); run(); }
  if (event.code === "KeyF" && control && event.shiftKey) { event.preventDefault(); at("tidy").click(); }
});
if (examples.length > 0) {
  at("example").value = "0";
  choose(examples[0]);
} else {
  at("query").value = "query { __typename }\n";
  changed();
}
loadSchema();
