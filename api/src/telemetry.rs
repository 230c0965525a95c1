//! Logs: one event, one line on stderr, whatever a client put into it.
//!
//! A value may hold line feeds, terminal sequences or marks that turn the direction of writing, and then a log can be
//! made to show events that never were (OWASP ASVS 16.4.1). Formatters escape some of these, each in its own way;
//! here every line is cleaned once, after formatting, so no value can be forgotten.

use std::any::Any;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::panic::{self, PanicHookInfo};

use tracing::Subscriber;
use tracing::dispatcher::SetGlobalDefaultError;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Config, LogFormat};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter does not parse; [`Config::load`] would have refused it.
    #[error("log: {0}")]
    Filter(#[from] ParseError),
    /// Something in this process logs already.
    #[error("logging was started twice: {0}")]
    Started(#[from] SetGlobalDefaultError),
}

/// Starts logging for the whole process and sends panics there too.
///
/// # Errors
/// When the filter does not parse, and when called a second time.
pub fn init(config: &Config) -> Result<(), TelemetryError> {
    let subscriber = subscriber(config, Clean(io::stderr))?;
    tracing::subscriber::set_global_default(subscriber)?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn subscriber<W>(config: &Config, writer: Clean<W>) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.log)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(false);
    Ok(match config.log_format {
        LogFormat::Json => Box::new(builder.json().flatten_event(true).with_span_list(false).finish()),
        LogFormat::Text => Box::new(builder.finish()),
    })
}

/// Logs a panic: where it was and, if the message is a literal of the source, what it said. A message that was put
/// together at run time may quote what a user wrote (slicing a name inside a letter does), so it is not shown.
fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        panic.location = location,
        panic.message = literal(info.payload()),
        "panic"
    );
}

fn literal(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(made at run time, not shown)")
}

/// Makes writers that clean each line.
struct Clean<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Clean<W> {
    type Writer = CleanWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        CleanWriter(self.0.make_writer())
    }
}

/// Writes one event a call, which is how the formatter hands them over.
struct CleanWriter<W>(W);

impl<W: Write> Write for CleanWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        self.0.write_all(one_line(line).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text as one line with its line feed. What is escaped is written as JSON writes it, so a JSON event stays JSON.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        match letter {
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            _ if is_unfit(letter) => {
                // Writing into a String cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(letter));
            }
            _ => line.push(letter),
        }
    }
    line.push('\n');
    line
}

/// Control characters, line and paragraph separators, and the marks of Unicode's bidirectional algorithm (UAX 9).
fn is_unfit(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: &str, log: &str, event: impl FnOnce()) -> String {
        let env = [("KHUYENHOC_LOG_FORMAT", format), ("KHUYENHOC_LOG", log)];
        let env = env.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned()));
        let config = Config::load(None, env).unwrap();
        let page = Page::default();
        let writer = page.clone();
        let subscriber = subscriber(&config, Clean(move || writer.clone())).unwrap();
        tracing::subscriber::with_default(subscriber, event);
        let bytes = page.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const EVIL: &str = "a\r\n2026 ERROR forged\u{1b}[2J\u{9b}31m\u{202e}\u{2028}\u{7f}\0 Nguyễn";

    #[test]
    fn an_event_is_one_clean_line_in_both_formats() {
        for format in ["json", "text"] {
            let text = logged(format, "info", || {
                let span = tracing::info_span!("request", id = EVIL, shown = %EVIL);
                let _guard = span.enter();
                tracing::info!(value = %EVIL, again = EVIL, "{EVIL}");
            });
            assert_eq!(text.lines().count(), 1, "{format}: {text:?}");
            assert!(text.ends_with('\n') && text.contains("Nguyễn"), "{text:?}");
            assert!(!text.trim_end_matches('\n').chars().any(is_unfit), "{format}: {text:?}");
        }
    }

    #[test]
    fn a_json_event_stays_json_and_keeps_its_values() {
        let text = logged("json", "info", || {
            let span = tracing::info_span!("request", request_id = 7);
            let _guard = span.enter();
            tracing::info!(value = %EVIL, "message");
        });
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["value"], EVIL);
        assert_eq!(event["message"], "message");
        assert_eq!(event["span"]["request_id"], 7);
    }

    #[test]
    fn the_filter_filters() {
        let text = logged("text", "warn", || {
            tracing::info!("quiet");
            tracing::warn!("loud");
        });
        assert!(text.contains("loud") && !text.contains("quiet"));
    }

    #[test]
    fn a_panic_shows_literals_only() {
        assert_eq!(literal(&"a literal"), "a literal");
        assert_eq!(literal(&"0912345678".to_owned()), "(made at run time, not shown)");
        assert_eq!(literal(&7), "(made at run time, not shown)");
    }
}
