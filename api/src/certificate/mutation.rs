//! Printing certificates.

use async_graphql::{Context, Object, SimpleObject};
use entity::id::CertificateId;
use entity::scope::Writer;
use entity::table::certificate;

use super::input::PrintCertificatesInput;
use super::model::number;
use super::{store, verify};
use crate::access::{Access, Permission};
use crate::config::Config;
use crate::error::Result;
use crate::paper;
use crate::printing::{Job, PaperFormat, PrintedPaper, enter};
use crate::replay::{Effect, Key, WriteOutcome, once};

/// The answer to `printCertificates`.
#[derive(SimpleObject)]
pub struct PrintCertificatesPayload {
    /// What became of it.
    pub outcome: WriteOutcome,
    /// One page for each certificate, in the order of their numbers; null when the key was used for something else.
    pub paper: Option<PrintedPaper>,
}

/// Mutations of certificates.
#[derive(Default)]
pub struct CertificateMutation;

/// Mutations of certificates.
#[Object]
impl CertificateMutation {
    /// Prints certificates, up to 200 at once, as one PDF of A4 pages. From the second print on the paper says that it is a
    /// reprint; the number and the code stay. Revoked ones say so.
    async fn print_certificates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose certificates.")] input: PrintCertificatesInput,
    ) -> Result<PrintCertificatesPayload> {
        let (tenant, ids) = input.parse()?;
        let scope = ctx.scope_in(Permission::RecognitionWrite, tenant)?;
        let app = ctx.app();
        let press = enter(ctx).await?;
        let key = Key {
            key: input.idempotency_key,
            operation: "printCertificates",
        };
        let done = once(app, &scope, key, &(tenant, &ids), async |tx: &Writer<'_>| {
            let printed = store::printed(tx, &ids).await?;
            let kept: Vec<(CertificateId, i32)> = printed.iter().map(|row| (row.id, row.prints)).collect();
            Ok(Effect::Done(kept))
        })
        .await?;
        let (outcome, kept) = done.told();
        let Some(kept) = kept else {
            return Ok(PrintCertificatesPayload { outcome, paper: None });
        };
        // printed again by the same key it is the same print, whatever was printed since
        let prints: std::collections::HashMap<CertificateId, i32> = kept.into_iter().collect();
        let asked: Vec<CertificateId> = prints.keys().copied().collect();
        let mut rows = store::by_ids(&scope, &asked).await?;
        for row in &mut rows {
            row.prints = prints.get(&row.id).copied().unwrap_or_default();
        }
        let pages: Vec<_> = rows.iter().map(|row| page(&app.config, row)).collect();
        let of = match rows.as_slice() {
            [one] => format!("{:04}", one.number),
            _ => String::new(),
        };
        let job = Job {
            field: "printCertificates",
            count: rows.len(),
            kind: "Giấy chứng nhận",
            of: &of,
            year: rows.first().map(|row| row.year),
            format: PaperFormat::Pdf,
        };
        let paper = Some(press.print(ctx, job, move || paper::certificates(&pages)).await?);
        Ok(PrintCertificatesPayload { outcome, paper })
    }
}

fn page(config: &Config, row: &certificate::Model) -> paper::Certificate {
    paper::Certificate {
        model: row.model,
        year: row.year,
        sample: row.sample,
        revoked: row.revoked_on.is_some(),
        reprint: u32::try_from(row.prints).unwrap_or_default(),
        holder: row.holder_name.clone(),
        address: row.holder_address.clone(),
        rank: row.rank.clone(),
        committee: row.authority.clone(),
        decision: row.decision_number.clone(),
        date: row.decided_on,
        place: row.ward_name.clone(),
        capacity: vec![row.signer_title.clone()],
        signer: row.signer_name.clone(),
        number: number(row),
        address_to_verify: verify::url(config, &row.code),
    }
}
