//! One-time codes for telephones: sending them within limits, and proving them.
//!
//! Each message costs money, so what an outsider can make us spend is bounded: by number, by network, by association and
//! by day. Whoever asks gets the same answer whether a message went out or not.

use chrono::{DateTime, TimeDelta, Utc};
use entity::id::{OneTimeCodeId, TenantId, UnitId};
use entity::query::{ColumnTrait, Expr, ExprTrait, Order};
use entity::scope::PersonalWriter;
use entity::table::one_time_code;
use entity::value::PhoneNumber;
use entity::vocabulary::CodePurpose;

use crate::access::joining::is_branch;
use crate::app::App;
use crate::code::same;
use crate::error::{Error, Refusal, Result};
use crate::quota::{self, Limit};
use crate::request::RequestInfo;
use crate::sender::Message;

/// Keeps these codes from being any other's.
const PURPOSE: &str = "phone code";
/// A code holds so long.
pub(super) const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// A number is sent the next code after so long at the earliest.
pub(super) const PAUSE: TimeDelta = TimeDelta::minutes(1);
/// Codes sent to one number in a day.
const NUMBER_PER_DAY: u32 = 5;
/// Codes asked for from one network in an hour. Many telephones share one address.
const NETWORK_PER_HOUR: u32 = 30;
/// So many wrong tries end a code.
const MAX_TRIES: i32 = 5;

/// What stands for a number in the database.
pub(super) fn recipient(app: &App, phone: &PhoneNumber) -> String {
    app.codes.hash_text("phone number", phone.as_str())
}

/// Sends a code to a number, if the limits allow it and there is such a branch.
///
/// # Errors
/// REFUSED `NO_SENDER`; UNAVAILABLE when the message could not be sent: then the number's turn is free again.
pub(super) async fn send_code(
    app: &App,
    request: &RequestInfo,
    phone: PhoneNumber,
    branch: (TenantId, UnitId),
) -> Result<()> {
    let sender = app.sender.clone().ok_or(Refusal::NoSender)?;
    let (now, recipient) = (request.now, recipient(app, &phone));
    if !is_branch(app, branch, now).await? {
        return Ok(());
    }
    let (turn, others) = limits(app, request, &recipient, branch.0);
    if !quota::take(app, &[turn.as_slice(), others.as_slice()].concat()).await? {
        tracing::info!(request.id = %request.id, "no code was sent: a limit is reached");
        return Ok(());
    }
    let id = insert(app, &recipient, branch.0, now).await?;
    let message = Message {
        id: id.0,
        to: phone,
        code: app.codes.digits(PURPOSE, id.0),
        expires_in: LIFETIME.num_seconds(),
        language: request.language,
        now: now.timestamp(),
    };
    if let Err(error) = sender.send(&message).await {
        // the installation's and the association's count stay: the gateway may have sent it all the same
        quota::give_back(app, &turn).await?;
        end(app, id, now).await?;
        return Err(Error::Unavailable(format!("a message was not sent: {error}")));
    }
    Ok(())
}

/// The limits of the number itself, and all others.
fn limits(app: &App, request: &RequestInfo, recipient: &str, tenant: TenantId) -> (Vec<Limit>, Vec<Limit>) {
    let (now, day) = (request.now, TimeDelta::days(1));
    let number = vec![
        Limit::new(&format!("phone code pause {recipient}"), 1, PAUSE, now),
        Limit::new(&format!("phone code number {recipient}"), NUMBER_PER_DAY, day, now),
    ];
    let mut others = Vec::new();
    if let Some(network) = quota::network(request.address) {
        let what = format!("phone code network {network}");
        others.push(Limit::new(&what, NETWORK_PER_HOUR, TimeDelta::hours(1), now));
    }
    let most = app.config.phone_codes_per_association_per_day;
    others.push(Limit::new(&format!("phone code association {tenant}"), most, day, now));
    others.push(Limit::new("phone code", app.config.phone_codes_per_day, day, now));
    (number, others)
}

async fn insert(app: &App, recipient: &str, tenant: TenantId, now: DateTime<Utc>) -> Result<OneTimeCodeId> {
    let row = one_time_code::Model {
        id: app.new_id(),
        purpose: CodePurpose::PhoneNumber,
        account_id: None,
        recipient: Some(recipient.to_owned()),
        association_id: Some(tenant),
        issued_by: None,
        issued_under: None,
        request_key: None,
        tries: 0,
        created_at: now,
        expires_at: now + LIFETIME,
        used_at: None,
        ended_at: None,
    };
    let id = row.id;
    let door = app.db.sign_in();
    // codes sent before stay good until they expire: whoever knows the number could else end its owner's by asking for another
    let inserted = door.write(async |tx: &PersonalWriter| tx.insert::<one_time_code::Entity>([row.clone()]).await);
    inserted.await?;
    Ok(id)
}

async fn end(app: &App, id: OneTimeCodeId, now: DateTime<Utc>) -> Result<()> {
    use one_time_code::Column::{EndedAt, Id};
    let door = app.db.sign_in();
    let ended = door.write(async |tx: &PersonalWriter| {
        let change = tx.update::<one_time_code::Entity>().set(EndedAt, now);
        change.filter(Id.eq(id)).run().await
    });
    ended.await?;
    Ok(())
}

/// The code sent to a number for joining an association that has these digits. A wrong try is counted, for each of them,
/// before anything is compared; many at once are counted one after the other.
///
/// # Errors
/// UNAUTHENTICATED `WRONG_CODE`.
pub(super) async fn proven(
    app: &App,
    request: &RequestInfo,
    (phone, digits): (&PhoneNumber, &str),
    tenant: TenantId,
) -> Result<one_time_code::Model> {
    use one_time_code::Column::{AssociationId, CreatedAt, EndedAt, ExpiresAt, Id, Purpose, Recipient, Tries};
    let recipient = recipient(app, phone);
    let door = app.db.sign_in();
    let compared = door.write(async |tx: &PersonalWriter| {
        let open = || {
            entity::query::Condition::all()
                .add(Recipient.eq(recipient.as_str()))
                .add(Purpose.eq(CodePurpose::PhoneNumber))
                .add(AssociationId.eq(tenant))
                .add(EndedAt.is_null())
                .add(ExpiresAt.gt(request.now))
        };
        let counted = tx.update::<one_time_code::Entity>().raise(Tries);
        counted.filter(open()).run().await?;
        let find = tx.find::<one_time_code::Entity>().filter(open());
        let rows = find
            .filter(Tries.lte(MAX_TRIES))
            .order_by(CreatedAt, Order::Desc)
            .all()
            .await?;
        let row = (rows.into_iter()).find(|row| same(&app.codes.digits(PURPOSE, row.id.0), digits));
        if let Some(row) = &row {
            let change = tx.update::<one_time_code::Entity>().set(Tries, Expr::col(Tries).sub(1));
            change.filter(Id.eq(row.id)).run().await?;
        }
        Ok::<_, Error>(row)
    });
    compared.await?.ok_or(Error::WrongCode)
}

/// Notes that a code was used; in the transaction that opens the session.
///
/// # Errors
/// What the database answers.
pub(super) async fn mark_used(tx: &PersonalWriter, id: OneTimeCodeId, now: DateTime<Utc>) -> Result<()> {
    use one_time_code::Column::{Id, UsedAt};
    let change = tx.update::<one_time_code::Entity>().set(UsedAt, now);
    change.filter(Id.eq(id)).filter(UsedAt.is_null()).run().await?;
    Ok(())
}
