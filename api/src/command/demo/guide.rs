//! What the terminal shows somebody who tries the program: who they can be, and what they can paste.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::PASSWORD;
use super::journey::{NEW_ID, Step, journey, split_name};
use crate::demo::ACCOUNTS;

/// The accounts as the explorer wants them.
pub(super) fn accounts() -> Value {
    ACCOUNTS
        .iter()
        .map(|account| json!({"label": account.label, "login": account.phone, "password": PASSWORD}))
        .collect()
}

/// A shell function for a new idempotency key: pasted again, a request is a new one. Linux has the file, macOS the program.
const NEW_KEY: &str = "new_key() { cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; }\n";

/// Everything the terminal shows before the server listens.
pub(super) fn text(address: SocketAddr, year: i32) -> String {
    let mut page = format!("\nTài khoản dùng thử / demo accounts (mật khẩu / password: {PASSWORD})\n\n");
    for account in ACCOUNTS {
        let role = account.role.as_str();
        page.push_str(&format!(
            "  {}  {role:<16}  {} - {}\n",
            account.phone, account.name, account.label
        ));
    }
    page.push_str(&format!("\nTrang thử / explorer: http://{address}/explorer\n"));
    page.push_str(
        "\nTừng bước / step by step: dán vào một cửa sổ khác / paste into another terminal, in this order\n\n",
    );
    page.push_str(NEW_KEY);
    let url = format!("http://{address}/graphql");
    let mut signed_in = "";
    for (at, step) in journey(year).iter().enumerate() {
        page.push_str(&format!("\n# {}. {} / {}\n", at + 1, step.title_vi, step.title_en));
        if step.phone != signed_in {
            signed_in = step.phone;
            page.push_str(&sign_in(&url, step.phone));
        }
        page.push_str(&command(&url, step));
    }
    page.push('\n');
    page
}

/// A command that leaves the access token in `TOKEN`.
fn sign_in(url: &str, phone: &str) -> String {
    let query = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { accessToken } }";
    let body = json!({"query": query, "variables": {"input": {"login": phone, "password": PASSWORD}}});
    format!(
        "TOKEN=$(curl -s {url} -H 'Content-Type: application/json' --data '{body}' \
         | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')\n"
    )
}

/// A command that shows the answer and keeps what later steps need of it in shell variables.
fn command(url: &str, step: &Step) -> String {
    let query = Value::from(step.query.split_whitespace().collect::<Vec<_>>().join(" "));
    let variables = in_shell(&step.variables).replace(NEW_ID, "'\"$(new_key)\"'");
    let curl = format!(
        "curl -s {url} -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \
         --data '{{\"query\":{query},\"variables\":{variables}}}'"
    );
    if step.keep.is_empty() {
        return format!("{curl}; echo\n");
    }
    let mut lines = format!("ANSWER=$({curl}); echo \"$ANSWER\"\n");
    for (name, path) in step.keep {
        lines.push_str(&format!("{name}=$(echo \"$ANSWER\" | sed '{}')\n", pick(path)));
    }
    lines
}

/// A `sed` script that leaves of an answer the value at the end of a path; see [`super::journey::Keep`].
fn pick(path: &[&str]) -> String {
    let mut script = "s/.*".to_owned();
    let (field, above) = path.split_last().unwrap_or((&"", &[]));
    for name in above {
        script.push_str(&format!("\"{name}\":\\[\\{{0,1\\}}{{"));
    }
    // the value may be a text or a number
    script.push_str(&format!("[^}}]*\"{field}\":\"\\{{0,1\\}}\\([^\",}}]*\\).*/\\1/"));
    script
}

/// JSON for between single quotes, with its `$NAME`s left to the shell.
fn in_shell(json: &str) -> String {
    let mut pieces = json.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = split_name(piece);
        text.push_str(&format!("'\"${name}\"'{rest}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_to_sed() {
        assert_eq!(
            pick(&["edges", "node", "id"]),
            r#"s/.*"edges":\[\{0,1\}{"node":\[\{0,1\}{[^}]*"id":"\{0,1\}\([^",}]*\).*/\1/"#
        );
    }

    #[test]
    fn names_are_left_to_the_shell() {
        assert_eq!(in_shell(r#"{"id":"$ID","n":$N_M}"#), r#"{"id":"'"$ID"'","n":'"$N_M"'}"#);
        assert_eq!(in_shell("{}"), "{}");
    }
}
