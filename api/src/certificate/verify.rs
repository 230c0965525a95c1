//! What anybody is told who has a certificate in their hands: `GET /verify/CODE`.
//!
//! No more than the paper shows, less than that where it does not help: the address stays away. Whoever has no paper has no
//! code, and all unknown codes get one answer.

use entity::table::certificate;
use entity::value::Language;
use entity::vocabulary::LearningModel;

use super::model::number;
use crate::app::App;
use crate::config::Config;
use crate::error::{Result, pick};

/// The longest code there is.
const MAX_CODE: usize = 40;

/// The address of a code, as the QR on the paper has it.
pub fn url(config: &Config, code: &str) -> String {
    format!("{}/verify/{code}", config.public_url)
}

/// The certificate of a code, if there is one.
///
/// # Errors
/// What the database answers.
pub async fn certificate_of(app: &App, code: &str) -> Result<Option<certificate::Model>> {
    if code.is_empty() || code.len() > MAX_CODE {
        return Ok(None);
    }
    Ok(app.db.sign_in().certificate_by_code(code).await?)
}

/// The page about a certificate, or about a code that is none.
pub fn page(found: Option<&certificate::Model>, language: Language) -> String {
    let title = pick(language, "Kiểm tra giấy chứng nhận", "Verification of a certificate");
    let body = found.map_or_else(
        || {
            let words = pick(
                language,
                "Không có giấy chứng nhận nào mang mã này.",
                "There is no certificate with this code.",
            );
            format!("<p class=\"no\">{words}</p>")
        },
        |row| facts(row, language),
    );
    let lang = pick(language, "vi", "en");
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    )
}

/// The style of the page; its hash stands in the page's policy.
pub const STYLE: &str = "body{font:1.2rem/1.5 serif;max-width:36rem;margin:2rem auto;padding:0 1rem}dt{color:#555}dd{margin:0 0 .6rem}\
.yes{color:#060;font-weight:bold}.no{color:#a00;font-weight:bold}";

fn facts(row: &certificate::Model, language: Language) -> String {
    let holds = match row.revoked_on {
        None => {
            let words = pick(language, "Giấy chứng nhận này có hiệu lực.", "This certificate holds.");
            format!("<p class=\"yes\">{words}</p>")
        }
        Some(day) => {
            let words = pick(language, "Danh hiệu đã bị thu hồi ngày", "The title was revoked on");
            let number = escaped(row.revoked_by_decision.as_deref().unwrap_or_default());
            format!("<p class=\"no\">{words} {} ({number}).</p>", day.format("%d/%m/%Y"))
        }
    };
    let sample = if row.sample {
        let words = pick(
            language,
            "Tiêu chí mẫu, chưa phải văn bản chính thức.",
            "Sample criteria, not the official text.",
        );
        format!("<p class=\"no\">{words}</p>")
    } else {
        String::new()
    };
    let year = row.year.to_string();
    let day = row.decided_on.format("%d/%m/%Y").to_string();
    let lines = [
        (pick(language, "Danh hiệu", "Title"), title(row.model, language)),
        (pick(language, "Năm", "Year"), year.as_str()),
        (pick(language, "Chủ giấy", "Holder"), row.holder_name.as_str()),
        (pick(language, "Đơn vị", "Ward"), row.ward_name.as_str()),
        (pick(language, "Quyết định", "Decision"), row.decision_number.as_str()),
        (pick(language, "Ngày", "Day"), day.as_str()),
        (
            pick(language, "Cơ quan công nhận", "Recognised by"),
            row.authority.as_str(),
        ),
        (pick(language, "Số giấy", "Number"), &number(row)),
    ]
    .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(value)));
    format!("{holds}{sample}<dl>{}</dl>", lines.concat())
}

fn title(model: LearningModel, language: Language) -> &'static str {
    match model {
        LearningModel::LearningFamily => pick(language, "Gia đình học tập", "Learning Family"),
        LearningModel::LearningClan => pick(language, "Dòng họ học tập", "Learning Clan"),
        LearningModel::LearningUnit => pick(language, "Đơn vị học tập", "Learning Unit"),
        LearningModel::LearningCommunity => pick(language, "Cộng đồng học tập", "Learning Community"),
        LearningModel::LearningCitizen => pick(language, "Công dân học tập", "Learning Citizen"),
    }
}

/// Text inside HTML: no mark of it is markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_are_called_is_never_markup() {
        assert_eq!(
            escaped("<b>\"A\" & 'B'</b>"),
            "&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;"
        );
    }

    #[test]
    fn a_code_that_is_none_is_told_so_in_both_languages() {
        assert!(page(None, Language::Vi).contains("Không có giấy chứng nhận"));
        assert!(page(None, Language::En).contains("no certificate"));
    }
}
