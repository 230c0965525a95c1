//! Pieces of what the server keeps for itself in an association, oldest first; how many rows each has removed.

use chrono::{DateTime, Utc};
use entity::id::TenantId;
use entity::query::{ColumnTrait, Order};
use entity::scope::{Errand, least_id_of};
use entity::table::{outbox, push_delivery, registration_notice};

use crate::app::App;
use crate::error::Result;

/// What the outbox has told and that was before a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn outbox(app: &App, tenant: TenantId, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use outbox::Column::{At, Batch, Id};
    let removed = app.db.errand(tenant, async |tx: &Errand| -> Result<usize> {
        let find = tx.find::<outbox::Entity>().filter(Id.lt(least_id_of(before)));
        let told = find.filter(At.lt(before)).filter(Batch.is_not_null());
        let rows = told.order_by(Id, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<outbox::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Notices of steps that were taken before a moment.
///
/// # Errors
/// What the database answers.
pub(super) async fn notices(app: &App, tenant: TenantId, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use registration_notice::Column::{At, Id};
    let removed = app.db.errand(tenant, async |tx: &Errand| -> Result<usize> {
        let find = tx.find::<registration_notice::Entity>();
        let old = find.filter(Id.lt(least_id_of(before))).filter(At.lt(before));
        let rows = old.order_by(Id, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<registration_notice::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}

/// Messages that were made before a moment, whatever has become of them.
///
/// # Errors
/// What the database answers.
pub(super) async fn deliveries(app: &App, tenant: TenantId, before: DateTime<Utc>, most: u64) -> Result<usize> {
    use push_delivery::Column::{CreatedAt, Id};
    let removed = app.db.errand(tenant, async |tx: &Errand| -> Result<usize> {
        let find = tx.find::<push_delivery::Entity>();
        let old = find.filter(Id.lt(least_id_of(before))).filter(CreatedAt.lt(before));
        let rows = old.order_by(Id, Order::Asc).limit(most).all().await?;
        let old = Id.is_in(rows.iter().map(|row| row.id));
        tx.delete::<push_delivery::Entity>().filter(old).run().await?;
        Ok(rows.len())
    });
    removed.await
}
