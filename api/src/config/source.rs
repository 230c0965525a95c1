//! Gathering: the file first, the environment over it, and every complaint about either.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::key::{self, KEYS, Key, PREFIX};

/// The environment variable that names the file when the command line does not.
const FILE_VARIABLE: &str = "KHUYENHOC_CONFIG";

/// Everything that is wrong with the configuration, not only the first thing.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// One entry a fault, in the order of [`KEYS`] behind those of the file and of unknown names.
    pub problems: Vec<Problem>,
}

/// One fault.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, or the variable where no key could be told; `config` stands for the file as a whole.
    pub key: String,
    /// What is wrong and what is accepted; never a secret.
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is not usable:")?;
        for Problem { key, message } in &self.problems {
            write!(f, "\n  {key}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// A text that was given for a key, and where.
struct Given {
    text: Zeroizing<String>,
    origin: String,
}

/// What file and environment gave, still text.
pub(super) struct Values {
    given: BTreeMap<&'static str, Given>,
    problems: Vec<Problem>,
}

impl Values {
    /// Reads the file, if one is named, then lays the environment over it.
    pub(super) fn gather(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Self {
        let mut values = Self {
            given: BTreeMap::new(),
            problems: Vec::new(),
        };
        let env: Vec<_> = env.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let named = env
            .iter()
            .find(|(name, _)| name == FILE_VARIABLE)
            .map(|(_, path)| Path::new(path.as_str()));
        if let Some(path) = file.or(named) {
            values.add_file(path);
        }
        for (variable, text) in &env {
            if variable != FILE_VARIABLE {
                values.add_variable(variable, text);
            }
        }
        values
    }

    fn add_file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) => return self.complain("config", format!("cannot read {}: {error}", path.display())),
        };
        let table = match toml::from_str::<toml::Table>(&text) {
            Ok(table) => table,
            Err(error) => {
                // The error's own text quotes the line it stumbled over, and that line may hold a password.
                let at = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
                let message = format!("{}, line {line}: {}", path.display(), error.message());
                return self.complain("config", message);
            }
        };
        for (name, value) in table {
            let Some(known) = key::find(&name) else {
                self.complain(
                    &name,
                    format!("no such key in {}; accepted are {}", path.display(), key::names()),
                );
                continue;
            };
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                _ => {
                    let message = format!(
                        "must be a text, a whole number or true or false; accepted is {}",
                        known.accepts
                    );
                    self.complain(known.name, message);
                    continue;
                }
            };
            let origin = format!("in {}", path.display());
            self.given.insert(
                known.name,
                Given {
                    text: Zeroizing::new(text),
                    origin,
                },
            );
        }
    }

    fn add_variable(&mut self, variable: &str, text: &str) {
        let Some(known) = KEYS.iter().find(|key| key.variable() == variable) else {
            let message = format!(
                "no such key; accepted are {FILE_VARIABLE} and {PREFIX}.. with {}",
                key::names()
            );
            return self.complain(variable, message);
        };
        let given = Given {
            text: Zeroizing::new(text.to_owned()),
            origin: format!("in {variable}"),
        };
        self.given.insert(known.name, given);
    }

    /// Notes a fault.
    pub(super) fn complain(&mut self, key: &str, message: String) {
        self.problems.push(Problem {
            key: key.to_owned(),
            message,
        });
    }

    /// Ends the gathering: the configuration when there was no fault, otherwise all of them.
    pub(super) fn finish<T>(self, config: T) -> Result<T, ConfigError> {
        if self.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }

    /// The text of a key, parsed. A refused text is noted as a fault; `None` then, and when nothing was given for a
    /// key without a default.
    pub(super) fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let Some(known) = key::find(name) else {
            self.complain(name, "read, but missing from the table of keys".to_owned());
            return None;
        };
        let (text, origin) = match (self.given.get(known.name), known.default) {
            (Some(given), _) => (given.text.as_str(), given.origin.as_str()),
            (None, Some(default)) => (default, "by default"),
            (None, None) => return None,
        };
        let parsed = parse(text);
        if parsed.is_none() {
            let message = refusal(known, text, origin);
            self.complain(name, message);
        }
        parsed
    }

    /// The text of a key that always has a value. After a fault `stand_in` fills the place; it reaches nobody,
    /// because [`Values::finish`] then returns the faults.
    pub(super) fn read<T>(&mut self, name: &str, stand_in: T, parse: impl FnOnce(&str) -> Option<T>) -> T {
        self.optional(name, parse).unwrap_or(stand_in)
    }

    /// A whole number within limits.
    pub(super) fn number(&mut self, name: &str, limits: RangeInclusive<u32>) -> u32 {
        self.read(name, 0, |text| {
            text.parse().ok().filter(|number| limits.contains(number))
        })
    }

    /// A number of milliseconds within limits.
    pub(super) fn millis(&mut self, name: &str, limits: RangeInclusive<u32>) -> Duration {
        Duration::from_millis(self.number(name, limits).into())
    }

    /// `true` or `false`, nothing else.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        self.read(name, false, |text| text.parse().ok())
    }

    /// A text that passes a test.
    pub(super) fn text(&mut self, name: &str, test: impl FnOnce(&str) -> bool) -> String {
        self.read(name, String::new(), |text| test(text).then(|| text.to_owned()))
    }

    /// A secret that passes a test.
    pub(super) fn secret(&mut self, name: &str, test: impl FnOnce(&str) -> bool) -> Option<SecretString> {
        self.optional(name, |text| test(text).then(|| SecretString::from(text)))
    }
}

/// Says what is wrong with a text; repeats it only where it cannot be a secret.
fn refusal(key: &Key, text: &str, origin: &str) -> String {
    if key.secret {
        format!("the value {origin} is refused; accepted is {}", key.accepts)
    } else {
        format!("{text:?} {origin} is refused; accepted is {}", key.accepts)
    }
}
