//! What a step leaves in the outbox, in its own transaction. Nothing is looked up for it: it is a copy of what is known.

use entity::scope::{Scope, Writer};
use entity::table::{outbox, registration, registration_event};
use entity::vocabulary::OutboxTopic;

use crate::app::App;
use crate::error::Result;

/// What a step leaves: the registration as it is after it, and its line in the journal.
pub fn of_step(after: &registration::Model, event: &registration_event::Model) -> outbox::Model {
    outbox::Model {
        tenant_id: event.tenant_id,
        id: event.id.into(),
        topic: OutboxTopic::Step,
        registration_id: after.id,
        subject_id: after.subject_id,
        branch_id: after.branch_id,
        ward_id: after.ward_id,
        from_branch_id: None,
        from_ward_id: None,
        model: after.model,
        year: after.year,
        action: Some(event.action),
        from_state: event.from_state,
        to_state: event.to_state,
        version: event.version,
        account_id: event.account_id,
        at: event.at,
        batch: None,
    }
}

/// What a move leaves: where the registration came from is told besides.
pub fn of_move(
    before: &registration::Model,
    after: &registration::Model,
    event: &registration_event::Model,
) -> outbox::Model {
    outbox::Model {
        from_branch_id: Some(before.branch_id),
        from_ward_id: Some(before.ward_id),
        ..of_step(after, event)
    }
}

/// What a complaint about a registration leaves, or the answer to one.
pub fn of_complaint(app: &App, scope: &Scope, about: &registration::Model, topic: OutboxTopic) -> outbox::Model {
    outbox::Model {
        tenant_id: scope.tenant(),
        id: app.new_id(),
        topic,
        registration_id: about.id,
        subject_id: about.subject_id,
        branch_id: about.branch_id,
        ward_id: about.ward_id,
        from_branch_id: None,
        from_ward_id: None,
        model: about.model,
        year: about.year,
        action: None,
        from_state: None,
        to_state: about.state,
        version: about.version,
        account_id: scope.actor().account,
        at: scope.now(),
        batch: None,
    }
}

/// Writes it, with one statement for all.
///
/// # Errors
/// What the database answers.
pub async fn write(tx: &Writer<'_>, rows: Vec<outbox::Model>) -> Result<()> {
    tx.insert_all::<outbox::Entity>(rows).await?;
    tx.announce();
    Ok(())
}
