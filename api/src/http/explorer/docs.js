// the schema: what the documents pane shows and completion offers
const types = new Map();
let roots = {};

const shape = (type) => {
  if (type.kind === "NON_NULL") return shape(type.ofType) + "!";
  if (type.kind === "LIST") return "[" + shape(type.ofType) + "]";
  return type.name;
};
const inner = (type) => (type?.ofType ? inner(type.ofType) : types.get(type?.name));
const fieldsOf = (type) => type?.fields ?? type?.inputFields ?? [];

async function loadSchema() {
  try {
    const answer = await fetch("explorer/schema.json", { credentials: "omit" });
    const schema = (await answer.json()).__schema;
    for (const type of schema.types) types.set(type.name, type);
    roots = { query: schema.queryType?.name, mutation: schema.mutationType?.name, subscription: schema.subscriptionType?.name };
    say("schema-state", types.size + " kiểu", "good");
    open(null);
  } catch {
    say("schema-state", "Không tải được lược đồ", "bad");
  }
}

const link = (type) => button(shape(type), () => open(inner(type)?.name));

function entry(field) {
  const term = element("dt", field.name, field.isDeprecated ? "old" : "");
  if (field.args?.length) {
    term.append("(");
    for (const [index, arg] of field.args.entries()) {
      term.append((index ? ", " : "") + arg.name + ": ", link(arg.type));
      if (arg.defaultValue) term.append(" = " + arg.defaultValue);
    }
    term.append(")");
  }
  if (field.type) term.append(": ", link(field.type));
  if (field.defaultValue) term.append(" = " + field.defaultValue);
  const said = element("dd", field.description ?? "");
  if (field.isDeprecated) said.append(element("p", "Không dùng nữa: " + (field.deprecationReason ?? ""), "bad"));
  const told = (field.args ?? []).filter((arg) => arg.description);
  for (const arg of told) said.append(element("p", arg.name + ": " + arg.description, "hint"));
  return [term, said];
}

const trail = [];
// shows a type; null is the beginning
function open(name) {
  const kept = trail.indexOf(name);
  if (kept >= 0) trail.splice(kept + 1); else trail.push(name);
  const path = trail.map((one) => button(one ?? "Lược đồ", () => open(one)));
  at("docs-path").replaceChildren(...path.flatMap((one, index) => (index ? ["›", one] : [one])));
  const type = types.get(name);
  const list = element("dl");
  if (!type) {
    const titles = { query: "Hỏi (Query)", mutation: "Thay đổi (Mutation)", subscription: "Theo dõi (Subscription)" };
    for (const [kind, title] of Object.entries(titles)) {
      if (!roots[kind]) continue;
      const term = element("dt");
      term.append(button(title, () => open(roots[kind])));
      list.append(term, element("dd", fieldsOf(types.get(roots[kind])).length + " trường"));
    }
    at("docs").replaceChildren(list);
    return;
  }
  for (const field of fieldsOf(type)) list.append(...entry(field));
  for (const value of type.enumValues ?? []) list.append(...entry(value));
  for (const one of type.possibleTypes ?? []) {
    const term = element("dt");
    term.append("… on ", link(one));
    list.append(term);
  }
  at("docs").replaceChildren(element("h3", type.name), element("p", type.description ?? ""), list);
  at("docs").scrollTop = 0;
}

function search() {
  const wanted = at("docs-search").value.trim().toLowerCase();
  if (!wanted) { trail.length = 0; open(null); return; }
  const found = [];
  for (const type of types.values()) {
    if (type.name.startsWith("__")) continue;
    if (type.name.toLowerCase().includes(wanted)) found.push([type.name, type, 0]);
    for (const field of [...fieldsOf(type), ...(type.enumValues ?? [])]) {
      if (field.name.toLowerCase().includes(wanted)) found.push([type.name + "." + field.name, type, 1]);
    }
  }
  found.sort((one, other) => one[2] - other[2] || one[0].length - other[0].length || one[0].localeCompare(other[0]));
  const list = element("dl");
  for (const [title, type] of found.slice(0, 60)) {
    const term = element("dt");
    term.append(button(title, () => open(type.name)));
    list.append(term);
  }
  at("docs").replaceChildren(list, element("p", found.length > 60 ? "… và " + (found.length - 60) + " mục nữa" : "", "hint"));
}
at("docs-search").addEventListener("input", search);
