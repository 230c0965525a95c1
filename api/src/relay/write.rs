//! From what has happened to what is written: a notice for each who manages the subject, one for each desk however many
//! registrations come to it, and a message for each device of theirs.

use std::collections::{BTreeMap, HashSet};

use entity::id::{AccountId, NoticeId};
use entity::scope::Errand;
use entity::table::{outbox, push_delivery, registration_notice};
use entity::vocabulary::{DeliveryState, NoticeKind, OutboxTopic};

use super::desk;
use super::store::People;
use crate::app::App;
use crate::clock::uuid_v7_at;
use crate::error::Result;
use crate::push;

/// The notices of a batch, in an order that is the same for all relays: their rows are locked in it.
pub(super) fn notices(app: &App, events: &[outbox::Model], people: &People) -> Vec<registration_notice::Model> {
    let mut single = Vec::new();
    let mut desks: BTreeMap<(AccountId, String), registration_notice::Model> = BTreeMap::new();
    for event in events {
        if let Some(kind) = desk::to_subject(event) {
            let told = people.of_subject(event);
            single.extend(told.map(|account| to_subject(app, event, (account, kind))));
        }
        let Some(desk) = desk::next(event) else { continue };
        for account in people.at(desk, event) {
            let fresh = to_desk(app, event, account, desk);
            let key = (account, fresh.fold.clone().unwrap_or_default());
            let known = desks.entry(key);
            known
                .and_modify(|notice| {
                    notice.count = notice.count.saturating_add(1);
                    (notice.id, notice.at) = (fresh.id, fresh.at);
                })
                .or_insert(fresh);
        }
    }
    single.extend(desks.into_values());
    single
}

/// Ids tell the time of the step, so a list by ids is a list by time.
fn id(app: &App, event: &outbox::Model) -> NoticeId {
    uuid_v7_at(event.at, app.entropy.as_ref()).into()
}

fn to_subject(
    app: &App,
    event: &outbox::Model,
    (account, kind): (AccountId, NoticeKind),
) -> registration_notice::Model {
    registration_notice::Model {
        tenant_id: event.tenant_id,
        id: id(app, event),
        account_id: account,
        kind,
        registration_id: Some(event.registration_id),
        event_id: (event.topic == OutboxTopic::Step).then(|| event.id.0.into()),
        unit_id: None,
        model: event.model,
        year: event.year,
        count: 1,
        fold: None,
        batch: None,
        at: event.at,
        read_at: None,
    }
}

fn to_desk(app: &App, event: &outbox::Model, account: AccountId, desk: desk::Desk) -> registration_notice::Model {
    let (kind, model, year) = (desk.kind, event.model, event.year);
    registration_notice::Model {
        tenant_id: event.tenant_id,
        id: id(app, event),
        account_id: account,
        kind,
        registration_id: None,
        event_id: None,
        unit_id: Some(desk.unit),
        model,
        year,
        count: 1,
        fold: Some(format!("{} {} {} {year}", desk.unit, kind.as_str(), model.as_str())),
        batch: None,
        at: event.at,
        read_at: None,
    }
}

/// A message to each device of those who are told something new, where the server can send any; `unread` are the desks' notices
/// that wait already.
///
/// # Errors
/// What the database answers.
pub(super) async fn deliveries(
    app: &App,
    tx: &Errand,
    notices: &[registration_notice::Model],
    unread: &HashSet<(AccountId, String)>,
) -> Result<Vec<push_delivery::Model>> {
    if app.pusher.is_none() {
        return Ok(Vec::new());
    }
    let accounts: Vec<AccountId> = notices.iter().map(|notice| notice.account_id).collect();
    let now = app.clock.now();
    let devices = push::devices_of(app, &accounts, now).await?;
    let to = |notice: &registration_notice::Model| {
        let kind = notice.kind;
        let own = devices.get(&notice.account_id).cloned().unwrap_or_default();
        own.into_iter().map(move |token| push_delivery::Model {
            tenant_id: tx.tenant(),
            id: app.new_id(),
            token_id: token,
            kind,
            state: DeliveryState::Waiting,
            attempts: 0,
            next_attempt_at: Some(now),
            created_at: now,
        })
    };
    let is_news = |notice: &&registration_notice::Model| {
        let fold = notice.fold.clone();
        fold.is_none_or(|fold| !unread.contains(&(notice.account_id, fold)))
    };
    Ok(notices.iter().filter(is_news).flat_map(to).collect())
}
