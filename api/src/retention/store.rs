//! Pieces of what belongs to no association, oldest first; how many rows each has removed.

use chrono::{DateTime, Utc};
use entity::query::{ColumnTrait, Condition, Order};
use entity::scope::{PersonalWriter, least_id_of};
use entity::table::{attempt, notice, one_time_code, push_token, quota, refresh_token, session};

use crate::app::App;
use crate::error::Result;

/// Sessions that ended before a moment, with their refresh tokens.
///
/// # Errors
/// What the database answers.
pub(super) async fn sessions(app: &App, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use session::Column::{EndedAt, ExpiresAt, Id, IdleExpiresAt};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let over = Condition::any()
            .add(EndedAt.lt(before))
            .add(IdleExpiresAt.lt(before))
            .add(ExpiresAt.lt(before));
        // one that ended before has begun before
        let find = tx.find::<session::Entity>().filter(Id.lt(least_id_of(before)));
        let rows = find.filter(over).order_by(Id, Order::Asc).limit(most).all().await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        let devices = tx.delete::<push_token::Entity>();
        devices
            .filter(push_token::Column::SessionId.is_in(ids.iter().copied()))
            .run()
            .await?;
        let tokens = tx.delete::<refresh_token::Entity>();
        tokens
            .filter(refresh_token::Column::SessionId.is_in(ids.iter().copied()))
            .run()
            .await?;
        tx.delete::<session::Entity>().filter(Id.is_in(ids)).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// One-time codes that expired before a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn codes(app: &App, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use one_time_code::Column::{ExpiresAt, Id};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let find = tx.find::<one_time_code::Entity>().filter(ExpiresAt.lt(before));
        let rows = find.order_by(ExpiresAt, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<one_time_code::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Counters of attempts that have counted nothing since a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn attempts(app: &App, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use attempt::Column::{ClearAt, Id, LastAt};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let idle = || Condition::all().add(ClearAt.lt(before)).add(LastAt.lt(before));
        let find = tx.find::<attempt::Entity>().filter(idle());
        let rows = find.order_by(ClearAt, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        // asked again: somebody may have tried meanwhile
        tx.delete::<attempt::Entity>().filter(old).filter(idle()).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Counts of spans that ended before a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn quotas(app: &App, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use quota::Column::{EndsAt, Id};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let find = tx.find::<quota::Entity>().filter(EndsAt.lt(before));
        let rows = find.order_by(EndsAt, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<quota::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Notices of accounts that were given before a moment. Their ids do not all tell the time.
///
/// # Errors
/// What the database answers.
pub(super) async fn notices(app: &App, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use notice::Column::{At, Id};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let find = tx.find::<notice::Entity>().filter(At.lt(before));
        let rows = find.order_by(Id, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<notice::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Devices whose session is over at a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn devices(app: &App, now: DateTime<Utc>, most: u64) -> Result<usize> {
    use push_token::Column::{Id, SessionId};
    let door = app.db.sign_in();
    let removed = door.write(async |tx: &PersonalWriter| -> Result<usize> {
        let find = tx
            .find::<push_token::Entity>()
            .filter(SessionId.in_subquery(session::over_at(now)));
        let rows = find.order_by(Id, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<push_token::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}
