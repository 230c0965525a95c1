//! The one task of a server that finds out what is new, for all its streams.
//!
//! It looks when the relay of this server has told something, when another server says so, and every two seconds, because
//! what others say can be lost. A look is one statement; only where something is new it asks whom it concerns.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use entity::id::{AccountId, NoticeId, PostId, SessionId, TenantId};
use entity::query::ColumnTrait;
use entity::table::{account, session};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::hub::Who;
use super::news::{News, Touched};
use super::store;
use crate::app::App;
use crate::error::Result;

/// How often a server looks by itself.
pub const LOOK: Duration = Duration::from_secs(2);
/// How long a stopping server waits for its streams to say goodbye.
pub const GOODBYE: Duration = Duration::from_secs(2);
/// A notice bears the time of its request, and is looked for so long after that: by then it is nearly always committed.
const LATE: Duration = Duration::from_mins(1);
/// Ids in one statement.
const IDS: usize = 1_000;

/// Looks again and again, until it is dropped.
pub async fn keep(app: &App, every: Duration) {
    tokio::join!(look_on(app, every), listen(app, every));
}

async fn look_on(app: &App, every: Duration) {
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut known, mut told) = (None, HashSet::new());
    loop {
        let ticked = tokio::select! {
            _ = tick.tick() => true,
            () = app.live.heard() => false,
        };
        if let Err(error) = look(app, &mut known).await {
            tracing::warn!(%error, "streams were not told; trying again");
        }
        if ticked
            && app.live.connections() > 0
            && let Err(error) = check(app, &mut told).await
        {
            tracing::warn!(%error, "sessions of streams were not looked at; trying again");
        }
    }
}

/// Says what is new since the last look.
async fn look(app: &App, known: &mut Option<BTreeMap<TenantId, i64>>) -> Result<()> {
    if !app.live.has_streams() {
        *known = None;
        return Ok(());
    }
    let heads = store::heads(app).await?;
    let Some(before) = known.replace(heads.clone()) else {
        // streams have begun while nobody looked: each looks from its own place
        app.live.publish(News::of_everything());
        return Ok(());
    };
    for (tenant, head) in heads {
        let seen = before.get(&tenant).copied().unwrap_or(0);
        if head != seen {
            let touched = store::touched(app, tenant, (seen, head)).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "whom it concerns is not known");
                None
            });
            app.live.publish(News {
                tenant: Some(tenant),
                touched,
            });
        }
    }
    Ok(())
}

/// Calls the connections whose session, account or post is over, and tells of notices of accounts that were not told of.
async fn check(app: &App, told: &mut HashSet<NoticeId>) -> Result<()> {
    let now = app.clock.now();
    let people = app.live.people();
    let door = app.db.sign_in();
    let sessions: HashSet<SessionId> = people.iter().map(|who| who.session).collect();
    let mut ended = HashSet::new();
    for ids in pieces(sessions) {
        let find = door.rows::<session::Entity>().filter(session::Column::Id.is_in(ids));
        let rows = find.filter(session::is_over(now)).all().await?;
        ended.extend(rows.iter().map(|row| row.id));
    }
    let accounts: HashSet<AccountId> = people.iter().map(|who| who.account).collect();
    let mut disabled = HashSet::new();
    for ids in pieces(accounts) {
        let find = door.rows::<account::Entity>().filter(account::Column::Id.is_in(ids));
        let rows = find.filter(account::Column::DisabledAt.lte(now)).all().await?;
        disabled.extend(rows.iter().map(|row| row.id));
    }
    let posts: HashSet<PostId> = people.iter().filter_map(|who| who.post).collect();
    let mut over = HashSet::new();
    for ids in pieces(posts) {
        over.extend(door.posts_not_in_force(&ids, now).await?);
    }
    let is_over = |who: &Who| ended.contains(&who.session) || disabled.contains(&who.account);
    app.live.call(is_over, &over);
    let given = door.notices_given(now - LATE).await?;
    let readers = untold(given, told);
    if !readers.is_empty() {
        app.live.publish(News {
            tenant: None,
            touched: Some(Touched {
                readers,
                ..Touched::default()
            }),
        });
    }
    Ok(())
}

/// The readers of those notices that were not told of before; `told` becomes what has been by now.
fn untold(given: Vec<(NoticeId, AccountId)>, told: &mut HashSet<NoticeId>) -> HashSet<AccountId> {
    let before = std::mem::replace(told, given.iter().map(|(notice, _)| *notice).collect());
    let new = given.into_iter().filter(|(notice, _)| !before.contains(notice));
    new.map(|(_, reader)| reader).collect()
}

fn pieces<T>(ids: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    let mut pieces: Vec<Vec<T>> = Vec::new();
    for id in ids {
        match pieces.last_mut() {
            Some(piece) if piece.len() < IDS => piece.push(id),
            _ => pieces.push(vec![id]),
        }
    }
    pieces
}

/// Listens to other servers while there are streams, on one connection.
async fn listen(app: &App, every: Duration) {
    loop {
        if !app.live.has_streams() {
            app.live.stream_came().await;
        }
        match app.db.listen().await {
            // one server, which hears itself, or a pooler in between: then the look every two seconds is all there is
            Ok(None) => std::future::pending().await,
            Ok(Some(mut ear)) => {
                while app.live.has_streams() {
                    match timeout(every, ear.heard()).await {
                        Ok(Ok(())) => app.live.told(),
                        Ok(Err(error)) => {
                            tracing::debug!(%error, "other servers are not heard");
                            break;
                        }
                        // is there still a stream?
                        Err(_) => {}
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "other servers are not heard"),
        }
        sleep(every).await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_reader_is_woken_once_for_each_notice() {
        let pair = |notice, reader| (NoticeId(Uuid::from_u128(notice)), AccountId(Uuid::from_u128(reader)));
        let (first, second) = (pair(1, 7), pair(2, 7));
        let mut told = HashSet::new();
        let woken = HashSet::from([first.1]);
        assert_eq!(untold(vec![first], &mut told), woken);
        assert!(untold(vec![first], &mut told).is_empty());
        assert_eq!(untold(vec![first, second], &mut told), woken);
        assert!(untold(Vec::new(), &mut told).is_empty() && told.is_empty());
    }
}
