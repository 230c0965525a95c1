//! Issuing, revoking, finding and printing certificates.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::{CertificateId, RegistrationId, UnitId};
use entity::query::{ColumnTrait, Order};
use entity::scope::{Scope, Writer};
use entity::table::{certificate, certificate_series, criteria_set, decision, registration, score_sheet, unit_version};

use crate::app::App;
use crate::clock::hanoi_date;
use crate::criteria::set::CriteriaSet;
use crate::criteria::sets_by_id;
use crate::error::{Error, Result};
use crate::score::last_signed;
use crate::subject::cards_of;

/// Bytes of a code: nobody guesses 128 bits.
const CODE_BYTES: usize = 16;

/// What a certificate takes from the sheets of its registration.
#[derive(Default, Clone)]
struct Marked {
    rank: Option<String>,
    sample: bool,
}

/// Issues a certificate for each recognised registration of a ward, in their order. The numbers follow those given before;
/// the row of the series is held until the transaction ends, so that none is left out and none given twice.
///
/// # Errors
/// What the database answers; INTERNAL where a subject is missing.
pub async fn issue(app: &App, tx: &Writer<'_>, decision: &decision::Model, rows: &[registration::Model]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let cards = cards_of(tx, rows).await?;
    let marked = marked(app, tx, rows).await?;
    let ward_name = ward_name(tx, decision.ward_id).await?;
    let first = numbers(tx, (decision.ward_id, decision.year), rows.len()).await?;
    let mut certificates = Vec::with_capacity(rows.len());
    for (number, row) in (first..).zip(rows) {
        let card = cards
            .get(&row.subject_id)
            .ok_or_else(|| Error::Internal("a recognised subject is not there".to_owned()))?;
        let mut code = [0; CODE_BYTES];
        app.entropy.fill(&mut code);
        let marked = marked.get(&row.id).cloned().unwrap_or_default();
        certificates.push(certificate::Model {
            tenant_id: tx.scope().tenant(),
            id: app.new_id(),
            registration_id: row.id,
            branch_id: row.branch_id,
            ward_id: row.ward_id,
            year: row.year,
            model: row.model,
            number,
            code: URL_SAFE_NO_PAD.encode(code),
            holder_name: card.name.clone(),
            holder_address: card.address.clone(),
            ward_name: ward_name.clone(),
            decision_number: decision.number.clone(),
            decided_on: decision.decided_on,
            authority: decision.authority.clone(),
            signer_name: decision.signer_name.clone(),
            signer_title: decision.signer_title.clone(),
            rank: marked.rank,
            sample: marked.sample,
            issued_at: tx.scope().now(),
            prints: 0,
            revoked_by_decision: None,
            revoked_on: None,
        });
    }
    Ok(tx.insert_all::<certificate::Entity>(certificates).await?)
}

/// Marks the certificates of registrations as revoked by a decision.
///
/// # Errors
/// What the database answers.
pub async fn revoke(tx: &Writer<'_>, decision: &decision::Model, rows: &[registration::Model]) -> Result<()> {
    use certificate::Column::{RegistrationId, RevokedByDecision, RevokedOn};
    if rows.is_empty() {
        return Ok(());
    }
    tx.update::<certificate::Entity>()
        .set(RevokedByDecision, decision.number.clone())
        .set(RevokedOn, decision.decided_on)
        .filter(RegistrationId.is_in(rows.iter().map(|row| row.id)))
        .run()
        .await?;
    Ok(())
}

/// The certificates of registrations, as far as the scope reaches.
///
/// # Errors
/// What the database answers.
pub async fn certificates_of(
    scope: &Scope,
    registrations: &[RegistrationId],
) -> Result<HashMap<RegistrationId, certificate::Model>> {
    let find = scope
        .find::<certificate::Entity>()
        .filter(certificate::Column::RegistrationId.is_in(registrations.iter().copied()));
    Ok(find
        .all()
        .await?
        .into_iter()
        .map(|row| (row.registration_id, row))
        .collect())
}

/// Counts a print of each of these certificates and answers them in the order of their numbers.
///
/// # Errors
/// NOT_FOUND when one of them is out of reach, or what the database answers.
pub(super) async fn printed(tx: &Writer<'_>, ids: &[RegistrationId]) -> Result<Vec<certificate::Model>> {
    use certificate::Column::{Id, Number, Prints, RegistrationId};
    let rows = tx
        .find::<certificate::Entity>()
        .filter(RegistrationId.is_in(ids.iter().copied()))
        .order_by(Number, Order::Asc)
        .order_by(Id, Order::Asc)
        .for_update()
        .all()
        .await?;
    if rows.len() != ids.len() {
        return Err(Error::NotFound);
    }
    tx.update::<certificate::Entity>()
        .raise(Prints)
        .filter(Id.is_in(rows.iter().map(|row| row.id)))
        .run()
        .await?;
    Ok(rows)
}

/// Certificates by id, in the order of their numbers: what an earlier print has printed.
///
/// # Errors
/// What the database answers.
pub(super) async fn by_ids(scope: &Scope, ids: &[CertificateId]) -> Result<Vec<certificate::Model>> {
    use certificate::Column::{Id, Number};
    let find = scope
        .find::<certificate::Entity>()
        .filter(Id.is_in(ids.iter().copied()));
    Ok(find.order_by(Number, Order::Asc).order_by(Id, Order::Asc).all().await?)
}

/// The first of so many numbers, which nobody else gets.
async fn numbers(tx: &Writer<'_>, (ward, year): (UnitId, i32), count: usize) -> Result<i32> {
    use certificate_series::Column::{Last, TenantId, WardId, Year};
    let row = certificate_series::Model {
        tenant_id: tx.scope().tenant(),
        ward_id: ward,
        year,
        last: 0,
    };
    tx.insert_if_new::<certificate_series::Entity>(row, &[TenantId, WardId, Year])
        .await?;
    let series = tx
        .find::<certificate_series::Entity>()
        .filter(WardId.eq(ward))
        .filter(Year.eq(year))
        .for_update()
        .one()
        .await?
        .ok_or_else(|| Error::Internal("a series of certificates is not there".to_owned()))?;
    let count = i32::try_from(count).map_err(|_| Error::Internal("too many certificates at once".to_owned()))?;
    tx.update::<certificate_series::Entity>()
        .set(Last, series.last + count)
        .filter(WardId.eq(ward))
        .filter(Year.eq(year))
        .run()
        .await?;
    Ok(series.last + 1)
}

/// Rank and sample mark by the last signed sheet of each registration.
async fn marked(app: &App, tx: &Writer<'_>, rows: &[registration::Model]) -> Result<HashMap<RegistrationId, Marked>> {
    let last = last_signed(tx, rows.iter().map(|row| row.id)).await?;
    let ids = last.values().map(|sheet| sheet.criteria_set_id);
    let sets = sets_by_id(app, tx.find_shared::<criteria_set::Entity>(), ids).await?;
    let of = |sheet: score_sheet::Model| {
        let set = sets.get(&sheet.criteria_set_id).map(|published| &published.set);
        let reached = |set: &CriteriaSet| {
            let rank = set.ranks.iter().find(|rank| Some(&rank.code) == sheet.rank.as_ref())?;
            Some(rank.title.vi.clone())
        };
        Marked {
            sample: set.is_none_or(|set| set.sample),
            // the paper is Vietnamese, and the rank on it a word of its people
            rank: set.and_then(reached),
        }
    };
    Ok(last.into_iter().map(|(id, sheet)| (id, of(sheet))).collect())
}

async fn ward_name(tx: &Writer<'_>, ward: UnitId) -> Result<String> {
    let find = tx
        .find::<unit_version::Entity>()
        .filter(unit_version::Column::UnitId.eq(ward))
        .filter(unit_version::in_force(hanoi_date(tx.scope().now())));
    Ok(find.one().await?.ok_or(Error::NotFound)?.name)
}
