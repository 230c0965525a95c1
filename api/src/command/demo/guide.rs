//! What the terminal shows somebody who tries the program: who they can be, and what they can paste.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::PASSWORD;
use super::journey::{NEW_ID, Step, journey};
use crate::clock::{Clock, Entropy, SystemClock, uuid_v7_at};
use crate::demo::ACCOUNTS;

/// The accounts as the explorer wants them.
pub(super) fn accounts() -> Value {
    ACCOUNTS
        .iter()
        .map(|account| json!({"label": account.label, "login": account.phone, "password": PASSWORD}))
        .collect()
}

/// Everything the terminal shows before the server listens.
pub(super) fn text(address: SocketAddr, year: i32, entropy: &dyn Entropy) -> String {
    let mut page = format!("\nTài khoản dùng thử / demo accounts (mật khẩu / password: {PASSWORD})\n\n");
    for account in ACCOUNTS {
        let role = account.role.as_str();
        page.push_str(&format!(
            "  {}  {role:<16}  {} - {}\n",
            account.phone, account.name, account.label
        ));
    }
    page.push_str(&format!("\nTrang thử / explorer: http://{address}/explorer\n"));
    page.push_str("\nTừng bước / step by step: dán vào một cửa sổ khác / paste into another terminal, in this order\n");
    let url = format!("http://{address}/graphql");
    let mut signed_in = "";
    for (at, step) in journey(year).iter().enumerate() {
        page.push_str(&format!("\n# {}. {} / {}\n", at + 1, step.title_vi, step.title_en));
        if step.phone != signed_in {
            signed_in = step.phone;
            page.push_str(&sign_in(&url, step.phone));
        }
        let command = command(&url, step, &uuid_v7_at(SystemClock.now(), entropy).to_string());
        page.push_str(&command);
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
fn command(url: &str, step: &Step, new_id: &str) -> String {
    let query = Value::from(step.query.split_whitespace().collect::<Vec<_>>().join(" "));
    let variables = in_shell(&step.variables.replace(NEW_ID, new_id));
    let curl = format!(
        "curl -s {url} -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \
         --data '{{\"query\":{query},\"variables\":{variables}}}'"
    );
    if step.keep.is_empty() {
        return format!("{curl}; echo\n");
    }
    let mut lines = format!("ANSWER=$({curl}); echo \"$ANSWER\"\n");
    for (name, before) in step.keep {
        // the value may be a text or a number
        lines.push_str(&format!(
            "{name}=$(echo \"$ANSWER\" | sed 's/.*{}\"\\{{0,1\\}}\\([^\",}}]*\\).*/\\1/')\n",
            before.strip_suffix('"').unwrap_or(before)
        ));
    }
    lines
}

/// JSON for between single quotes, with its `$NAME`s left to the shell.
fn in_shell(json: &str) -> String {
    let mut pieces = json.split('$');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .find(|letter: char| !letter.is_ascii_uppercase())
            .unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        text.push_str(&format!("'\"${name}\"'{rest}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_left_to_the_shell() {
        assert_eq!(in_shell(r#"{"id":"$ID","n":$N}"#), r#"{"id":"'"$ID"'","n":'"$N"'}"#);
        assert_eq!(in_shell("{}"), "{}");
    }
}
