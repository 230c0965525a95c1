//! A look at the query text before any parser sees it.
//!
//! The engine's parser calls itself once for every bracket it enters, in selection sets, lists, input objects and types
//! alike. A text of 30,000 opening brackets therefore overflows the stack and takes the whole process down, which no
//! limit that runs after parsing can prevent. One pass over the bytes, without recursion, finds such texts first.

use super::guard::Refusal;

/// Counts the lexical tokens of `query` and follows the nesting of `{`, `[` and `(` outside strings and comments.
///
/// Tokens are those of the GraphQL specification (October 2021, section 2.1.6); white space, commas and comments are
/// free. Wrongly paired brackets are not looked for: the parser stops at the first one, so it never goes deeper than
/// what is counted here.
///
/// Returns the number of tokens.
///
/// # Errors
/// [`Refusal::TooManyTokens`] and [`Refusal::TooNested`] beyond the limits, [`Refusal::Syntax`] for a string without end.
pub fn count(query: &str, max_tokens: usize, max_nesting: usize) -> Result<usize, Refusal> {
    let mut rest = query.as_bytes();
    let mut tokens = 0_usize;
    let mut nesting = 0_usize;
    while let Some((&first, tail)) = rest.split_first() {
        let after = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = after_line(tail);
                continue;
            }
            b'{' | b'[' | b'(' => {
                nesting += 1;
                if nesting > max_nesting {
                    return Err(Refusal::TooNested { max: max_nesting });
                }
                tail
            }
            b'}' | b']' | b')' => {
                nesting = nesting.saturating_sub(1);
                tail
            }
            b'"' => after_string(rest).ok_or_else(|| syntax_at(query, rest))?,
            b'.' => rest.strip_prefix(b"...").unwrap_or(tail),
            b'-' | b'0'..=b'9' => after_number(tail),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => after_word(tail),
            _ => tail,
        };
        tokens += 1;
        if tokens > max_tokens {
            return Err(Refusal::TooManyTokens { max: max_tokens });
        }
        rest = after;
    }
    Ok(tokens)
}

fn skip_while(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> &[u8] {
    let length = bytes.iter().take_while(|byte| wanted(**byte)).count();
    bytes.get(length..).unwrap_or_default()
}

fn after_line(bytes: &[u8]) -> &[u8] {
    skip_while(bytes, |byte| byte != b'\n' && byte != b'\r')
}

fn after_word(bytes: &[u8]) -> &[u8] {
    skip_while(bytes, |byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

fn after_digits(bytes: &[u8]) -> &[u8] {
    skip_while(bytes, |byte| byte.is_ascii_digit())
}

/// What follows a number whose first character is already taken. `1-1` is two numbers, as the parser sees it.
fn after_number(bytes: &[u8]) -> &[u8] {
    let mut rest = after_digits(bytes);
    if let [b'.', b'0'..=b'9', tail @ ..] = rest {
        rest = after_digits(tail);
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', b'0'..=b'9', tail @ ..] | [b'e' | b'E', b'0'..=b'9', tail @ ..] => {
            after_digits(tail)
        }
        _ => rest,
    }
}

/// What follows the string or block string that `bytes` begins with; nothing when it has no end.
fn after_string(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(mut rest) = bytes.strip_prefix(b"\"\"\"") {
        loop {
            rest = match rest {
                [b'"', b'"', b'"', tail @ ..] => return Some(tail),
                [b'\\', b'"', b'"', b'"', tail @ ..] | [_, tail @ ..] => tail,
                [] => return None,
            };
        }
    }
    let mut rest = bytes.strip_prefix(b"\"")?;
    loop {
        rest = match rest {
            [b'"', tail @ ..] => return Some(tail),
            [] | [b'\n' | b'\r', ..] => return None,
            [b'\\', _, tail @ ..] | [_, tail @ ..] => tail,
        };
    }
}

fn syntax_at(query: &str, rest: &[u8]) -> Refusal {
    let before = query.get(..query.len().saturating_sub(rest.len())).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Refusal::Syntax { line, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(query: &str) -> usize {
        count(query, usize::MAX, 64).unwrap()
    }

    #[test]
    fn counts_the_tokens_of_the_specification() {
        assert_eq!(tokens(""), 0);
        assert_eq!(tokens("\u{feff}"), 3, "three bytes: too many rather than too few");
        assert_eq!(tokens("query Q($a: [Int!]! = [1, -2.5e+3]) @d { ...F on: b }"), 26);
        assert_eq!(tokens("{ a # b c d { { {\n }"), 3);
        assert_eq!(tokens("{ a # b\r}"), 3);
        assert_eq!(tokens("[1-1-1]"), 5);
        assert_eq!(tokens("1.5 1e9 1.5E-3 0"), 4);
    }

    #[test]
    fn strings_hide_brackets_but_only_as_far_as_they_reach() {
        let deep = "[".repeat(100);
        assert_eq!(tokens(&format!("(a: \"{deep}\")")), 5);
        assert_eq!(tokens(&format!("(a: \"\"\"{deep}\n\\\"\"\"{deep}\"\"\")")), 5);
        assert_eq!(tokens(r#""" "\"" "\\" """"""  """a"b""c""" "#), 5);
        assert_eq!(
            count(&format!("\"\\\\\"{deep}"), 1000, 64),
            Err(Refusal::TooNested { max: 64 })
        );
        assert_eq!(
            count(&format!("\"\"{deep}"), 1000, 64),
            Err(Refusal::TooNested { max: 64 })
        );
        assert_eq!(
            count(&format!("# \"\n{deep}"), 1000, 64),
            Err(Refusal::TooNested { max: 64 })
        );
    }

    #[test]
    fn a_string_without_end_is_a_syntax_error_with_its_place() {
        for query in [
            "{\n  a(b: \"c",
            "{\n  a(b: \"c\n\")",
            "{\n  a(b: \"\"\"c\"\"",
            "{\n  a(b: \"c\\",
        ] {
            assert_eq!(
                count(query, 100, 64),
                Err(Refusal::Syntax { line: 2, column: 8 }),
                "{query}"
            );
        }
    }

    #[test]
    fn holds_both_limits_exactly() {
        assert_eq!(count(&"a ".repeat(2000), 2000, 64), Ok(2000));
        assert_eq!(
            count(&"a ".repeat(2001), 2000, 64),
            Err(Refusal::TooManyTokens { max: 2000 })
        );
        for opening in ["{", "[", "("] {
            assert!(count(&opening.repeat(64), 2000, 64).is_ok());
            assert_eq!(
                count(&opening.repeat(65), 2000, 64),
                Err(Refusal::TooNested { max: 64 })
            );
            assert_eq!(
                count(&opening.repeat(30_000), 100_000, 64),
                Err(Refusal::TooNested { max: 64 })
            );
        }
        assert!(count(&"{}".repeat(900), 2000, 1).is_ok());
    }
}
