// who is signed in: tokens live in these variables and are gone with the page
let tokens = null;
// the login that is signed in, or will be once `entering` is over
let current = "";
let entering = Promise.resolve();

const SIGN_IN = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }";
const REFRESH = "mutation Refresh($input: RefreshInput!) { refresh(input: $input) { accessToken refreshToken } }";
const POSTS = "query Posts { viewer { name actingPost { id } posts { id role unit { name } } } }";

async function sendOnce(query, variables) {
  const headers = {
    "content-type": "application/json",
    "accept": "application/graphql-response+json, application/json;q=0.9",
    "accept-language": at("language").value,
  };
  if (tokens) headers.authorization = "Bearer " + tokens.accessToken;
  if (tokens && at("post").value) headers["x-acting-post"] = at("post").value;
  const begin = performance.now();
  const answer = await fetch("graphql", {
    method: "POST", headers, body: JSON.stringify({ query, variables }), credentials: "omit", cache: "no-store",
  });
  const text = await answer.text();
  const time = Math.round(performance.now() - begin);
  let body;
  try { body = JSON.parse(text); } catch { body = { errors: [{ message: text.slice(0, 500) }] }; }
  return { status: answer.status, body, time, bytes: new Blob([text]).size };
}

// as api/docs/mobile.md has it: UNAUTHENTICATED without a rule means that the access token is over
async function send(query, variables) {
  const first = await sendOnce(query, variables);
  const why = first.body.errors?.[0]?.extensions;
  if (!tokens || why?.code !== "UNAUTHENTICATED" || why.rule) return first;
  const { body } = await sendOnceWithout(REFRESH, { input: { refreshToken: tokens.refreshToken } });
  if (!body.data?.refresh) return first;
  tokens = body.data.refresh;
  return sendOnce(query, variables);
}

async function sendOnceWithout(query, variables) {
  const kept = tokens;
  tokens = null;
  try { return await sendOnce(query, variables); } finally { tokens = tokens ?? kept; }
}

async function signIn() {
  const login = at("login").value;
  const input = { login, password: at("password").value };
  if (!at("code-box").hidden && at("code").value) input.code = at("code").value;
  current = login;
  tokens = null;
  fillPosts([]);
  at("enter").disabled = at("leave").disabled = true;
  let given = null;
  let refusal = "Không kết nối được máy chủ";
  try {
    const { body } = await sendOnce(SIGN_IN, { input });
    given = body.data?.signIn ?? null;
    refusal = body.errors?.[0]?.message ?? "Không đăng nhập được";
    at("code-box").hidden = body.errors?.[0]?.extensions?.rule !== "SECOND_FACTOR_NEEDED";
  } catch { /* said below */ }
  // somebody else was chosen meanwhile
  if (current !== login) return;
  tokens = given;
  at("enter").disabled = false;
  at("leave").disabled = !tokens;
  if (!tokens) {
    current = "";
    say("who", refusal, "bad");
    if (!at("code-box").hidden) at("code").focus();
    return;
  }
  at("code").value = "";
  say("who", "Đã đăng nhập: " + login, "good");
  const viewer = (await sendOnce(POSTS, {}).catch(() => null))?.body.data?.viewer;
  if (viewer && current === login) {
    say("who", "Đã đăng nhập: " + viewer.name, "good");
    fillPosts(viewer.posts ?? [], viewer.actingPost?.id);
  }
}

function fillPosts(posts, acting) {
  const options = posts.map((post) => new Option(post.role + " · " + (post.unit?.name ?? ""), post.id));
  at("post").replaceChildren(...options);
  if (acting) at("post").value = acting;
  at("post-box").hidden = posts.length < 2;
}

function signOut() {
  if (tokens) {
    sendOnce("mutation Leave($input: EndSessionsInput!) { endSessions(input: $input) { ended } }", { input: { which: "CURRENT" } })
      .catch(() => { /* the session ends by itself */ });
  }
  tokens = null;
  current = "";
  fillPosts([]);
  at("leave").disabled = true;
  say("who", "Chưa đăng nhập");
}

// whoever types a name is not the sample account any more
at("login").addEventListener("input", () => { at("account").value = ""; });
at("sign-in").addEventListener("submit", (event) => { event.preventDefault(); entering = signIn(); });
at("leave").addEventListener("click", signOut);
