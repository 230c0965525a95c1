//! What all streams of a server share: who is connected, what is new, and the end.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::id::{AccountId, PostId, SessionId, TenantId};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::sleep;

use super::lobby::{Lobby, Seat};
use super::look::{Look, Looks};
use super::news::News;
use crate::config::Live;

/// News that a stream may fall behind; then it looks by itself.
const NEWS: usize = 256;

/// The most connections that have not said yet who they are.
const STRANGERS: usize = 1_000;

/// How often a stopping server looks whether its streams are gone.
const PAUSE: Duration = Duration::from_millis(10);

/// What all streams of a server share.
pub struct Hub {
    limits: Live,
    news: broadcast::Sender<Arc<News>>,
    /// Something may be new.
    told: Notify,
    /// The first stream came.
    opened: Notify,
    stopping: watch::Sender<bool>,
    guests: Arc<Mutex<Guests>>,
    looks: Looks,
    lobby: Lobby,
}

#[derive(Default)]
struct Guests {
    next: u64,
    connections: HashMap<u64, Guest>,
    streams: HashMap<Option<TenantId>, u32>,
}

/// One connection.
struct Guest {
    who: Who,
    call: Arc<Call>,
}

/// Whose connection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// The account.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// The post acted under, if one is.
    pub post: Option<PostId>,
}

/// What is called out to a connection.
#[derive(Default)]
struct Call {
    wake: Notify,
    replaced: AtomicBool,
}

/// Why a connection or a stream is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// A place among the connections, given back when it is dropped.
pub struct Ticket {
    number: u64,
    call: Arc<Call>,
    guests: Arc<Mutex<Guests>>,
}

/// A place among the streams of an association, given back when it is dropped.
pub struct StreamTicket {
    tenant: Option<TenantId>,
    guests: Arc<Mutex<Guests>>,
}

impl Hub {
    /// With these bounds.
    pub fn new(limits: Live) -> Self {
        Self {
            limits,
            news: broadcast::Sender::new(NEWS),
            told: Notify::new(),
            opened: Notify::new(),
            stopping: watch::Sender::new(false),
            guests: Arc::default(),
            looks: Looks::default(),
            lobby: Lobby::new(STRANGERS),
        }
    }

    /// Its bounds.
    pub fn limits(&self) -> &Live {
        &self.limits
    }

    /// Whether another connection may come at all; asked before anything is known of it.
    pub fn has_room(&self) -> bool {
        let limit = usize::try_from(self.limits.connections).unwrap_or(usize::MAX);
        lock(&self.guests).connections.len() < limit && !*self.stopping.borrow()
    }

    /// A place for a connection that has not said yet who it is, by its network.
    ///
    /// # Errors
    /// [`Full`].
    pub fn receive(&self, network: Option<String>) -> Result<Seat, Full> {
        if self.has_room() {
            self.lobby.sit(network)
        } else {
            Err(Full)
        }
    }

    /// Takes a connection in. The oldest of its session or account gives way where they are too many.
    ///
    /// # Errors
    /// [`Full`] when the server carries no more.
    pub fn enter(&self, who: Who) -> Result<Ticket, Full> {
        if !self.has_room() {
            return Err(Full);
        }
        let mut guests = lock(&self.guests);
        guests.make_room(self.limits.per_session, |other| other.session == who.session);
        guests.make_room(self.limits.per_account, |other| other.account == who.account);
        let number = guests.next;
        guests.next = number.wrapping_add(1);
        let call = Arc::<Call>::default();
        let guest = Guest {
            who,
            call: Arc::clone(&call),
        };
        guests.connections.insert(number, guest);
        Ok(Ticket {
            number,
            call,
            guests: Arc::clone(&self.guests),
        })
    }

    /// Takes a stream in, of an association or of none.
    ///
    /// # Errors
    /// [`Full`] when the association has its share.
    pub fn follow(&self, tenant: Option<TenantId>) -> Result<StreamTicket, Full> {
        let mut guests = lock(&self.guests);
        let count = guests.streams.entry(tenant).or_default();
        // those of accounts and of the city are bounded by the connections
        if tenant.is_some() && *count >= self.limits.per_association {
            return Err(Full);
        }
        *count += 1;
        drop(guests);
        self.opened.notify_one();
        Ok(StreamTicket {
            tenant,
            guests: Arc::clone(&self.guests),
        })
    }

    /// Waits until a stream may look into an association, or into what belongs to none.
    pub async fn look(&self, tenant: Option<TenantId>) -> Look {
        self.looks.turn(tenant).await
    }

    /// What is new from now on.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// Says that something may be new in the database.
    pub fn told(&self) {
        self.told.notify_one();
    }

    /// Ends all streams, and takes none in any more.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Turns true when the server stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Waits until the server stops.
    pub async fn stopped(stopping: &mut watch::Receiver<bool>) {
        // a hub that is gone has stopped as well
        drop(stopping.wait_for(|stopping| *stopping).await);
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        lock(&self.guests).connections.len()
    }

    /// Waits until there is no connection left.
    pub async fn empty(&self) {
        while self.connections() > 0 {
            sleep(PAUSE).await;
        }
    }

    pub(super) async fn heard(&self) {
        self.told.notified().await;
    }

    pub(super) async fn stream_came(&self) {
        self.opened.notified().await;
    }

    pub(super) fn has_streams(&self) -> bool {
        lock(&self.guests).streams.values().any(|count| *count > 0)
    }

    pub(super) fn publish(&self, news: News) {
        // nobody listening is no fault
        drop(self.news.send(Arc::new(news)));
    }

    /// Whose connections there are.
    pub(super) fn people(&self) -> Vec<Who> {
        let guests = lock(&self.guests);
        let people: Vec<Who> = guests.connections.values().map(|guest| guest.who).collect();
        people
    }

    /// Calls those whose session, account or post is over, once for a post.
    pub(super) fn call(&self, is_over: impl Fn(&Who) -> bool, posts: &HashSet<PostId>) {
        for guest in lock(&self.guests).connections.values_mut() {
            let post_is_over = guest.who.post.is_some_and(|post| posts.contains(&post));
            if post_is_over {
                guest.who.post = None;
            }
            if post_is_over || is_over(&guest.who) {
                guest.call.wake.notify_one();
            }
        }
    }
}

impl Guests {
    /// Sends the oldest away that are of the same, so that one more is within the limit.
    fn make_room(&mut self, limit: u32, is_same: impl Fn(&Who) -> bool) {
        let mut same: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, guest)| is_same(&guest.who) && !guest.call.replaced.load(Ordering::Relaxed))
            .map(|(number, _)| *number)
            .collect();
        same.sort_unstable();
        let keep = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(1);
        let leave = same.len().saturating_sub(keep);
        for number in same.into_iter().take(leave) {
            if let Some(guest) = self.connections.get(&number) {
                guest.call.replaced.store(true, Ordering::Relaxed);
                guest.call.wake.notify_one();
            }
        }
    }
}

impl Ticket {
    /// Waits until the connection is called: to look again who it is, or to give way.
    pub async fn called(&self) {
        self.call.wake.notified().await;
    }

    /// Whether it is to give way to a newer one.
    pub fn is_replaced(&self) -> bool {
        self.call.replaced.load(Ordering::Relaxed)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        lock(&self.guests).connections.remove(&self.number);
    }
}

impl Drop for StreamTicket {
    fn drop(&mut self) {
        let mut guests = lock(&self.guests);
        if let Some(count) = guests.streams.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                guests.streams.remove(&self.tenant);
            }
        }
    }
}

fn lock(guests: &Mutex<Guests>) -> MutexGuard<'_, Guests> {
    guests.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hub(connections: u32) -> Hub {
        Hub::new(Live {
            connections,
            per_session: 2,
            per_account: 3,
            operations: 4,
            per_association: 2,
            init: Duration::from_secs(1),
            ping: Duration::from_secs(1),
        })
    }

    fn who(account: u128, session: u128) -> Who {
        Who {
            account: Uuid::from_u128(account).into(),
            session: Uuid::from_u128(session).into(),
            post: None,
        }
    }

    #[test]
    fn the_oldest_of_a_session_and_of_an_account_give_way() {
        let hub = hub(10);
        let enter = |account, session| hub.enter(who(account, session)).unwrap();
        let tickets = [
            enter(1, 1),
            enter(1, 1),
            enter(1, 1),
            enter(1, 2),
            enter(1, 3),
            enter(2, 4),
        ];
        let replaced: Vec<bool> = tickets.iter().map(Ticket::is_replaced).collect();
        assert_eq!(replaced, [true, true, false, false, false, false]);
        assert_eq!(hub.connections(), 6);
        drop(tickets);
        assert_eq!(hub.connections(), 0);
    }

    #[test]
    fn a_full_server_takes_nobody_in_and_an_association_has_its_share() {
        let hub = hub(1);
        let ticket = hub.enter(who(1, 1));
        assert!(ticket.is_ok() && hub.enter(who(2, 2)).is_err());
        let tenant = Some(Uuid::from_u128(1).into());
        let streams = [hub.follow(tenant), hub.follow(tenant)];
        assert!(streams.iter().all(Result::is_ok));
        assert!(hub.follow(tenant).is_err() && hub.follow(Some(Uuid::from_u128(2).into())).is_ok());
        drop(streams);
        assert!(hub.follow(tenant).is_ok());
        hub.stop();
        drop(ticket);
        assert!(hub.enter(who(1, 1)).is_err());
    }
}
