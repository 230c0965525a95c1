//! Who sits at the desks of units.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::id::{AccountId, PostId, UnitId};
use entity::query::{ColumnTrait, Condition};
use entity::scope::Errand;
use entity::table::{post, post_event};
use entity::vocabulary::{Role, SecurityEventKind};

use crate::error::Result;

/// The accounts that hold posts of these roles in these units at `now`. One that was given to somebody's account and not been
/// taken by them does not count: an account must not be written to because somebody mistyped a number.
///
/// # Errors
/// What the database answers.
pub async fn holders_of(
    tx: &Errand,
    units: &[UnitId],
    roles: &[Role],
    now: DateTime<Utc>,
) -> Result<HashMap<(Role, UnitId), Vec<AccountId>>> {
    use post::Column::{Role as Held, UnitId as Place, ValidFrom, ValidUntil};
    let not_over = Condition::any().add(ValidUntil.is_null()).add(ValidUntil.gt(now));
    let posts = tx
        .find::<post::Entity>()
        .filter(Place.is_in(units.iter().copied()))
        .filter(Held.is_in(roles.iter().copied()))
        .filter(ValidFrom.lte(now))
        .filter(not_over)
        .all()
        .await?;
    let waiting = not_taken(tx, &posts).await?;
    let mut holders: HashMap<(Role, UnitId), Vec<AccountId>> = HashMap::new();
    for post in posts.iter().filter(|post| !waiting.contains(&post.id)) {
        let desk = holders.entry((post.role, post.unit_id)).or_default();
        if !desk.contains(&post.account_id) {
            desk.push(post.account_id);
        }
    }
    Ok(holders)
}

/// Those of the posts that wait for their holder's word.
async fn not_taken(tx: &Errand, posts: &[post::Model]) -> Result<HashSet<PostId>> {
    use post_event::Column::{Kind, PostId as Of};
    if posts.is_empty() {
        return Ok(HashSet::new());
    }
    let kinds = [SecurityEventKind::PostGranted, SecurityEventKind::PostAccepted];
    let events = tx
        .find::<post_event::Entity>()
        .filter(Of.is_in(posts.iter().map(|post| post.id)))
        .filter(Kind.is_in(kinds))
        .all()
        .await?;
    let taken = |event: &post_event::Model| event.kind == SecurityEventKind::PostAccepted;
    let accepted: HashSet<Option<PostId>> = events
        .iter()
        .filter(|event| taken(event))
        .map(|event| event.post_id)
        .collect();
    let awaited = events.iter().filter(|event| event.awaits_holder);
    let waiting = awaited.filter(|event| !accepted.contains(&event.post_id));
    Ok(waiting.filter_map(|event| event.post_id).collect())
}
