//! Who has opened a socket and not said yet who they are. A socket costs a place and some memory before anything is known of the
//! other end, so there are few such places on a server, and fewer of one network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::hub::Full;

/// Strangers of one network: behind one address of a mobile operator there are many phones, and all of them come back at once
/// when a server was away.
const OF_ONE: usize = 100;

/// The strangers of a server.
#[derive(Clone)]
pub struct Lobby {
    most: usize,
    strangers: Arc<Mutex<Strangers>>,
}

#[derive(Default)]
struct Strangers {
    all: usize,
    of_network: HashMap<Option<String>, usize>,
}

/// A stranger's place, given back when it is dropped.
pub struct Seat {
    lobby: Lobby,
    network: Option<String>,
}

impl Lobby {
    /// With so many places.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            strangers: Arc::default(),
        }
    }

    /// A place for somebody of a network. Where that is not known everybody may come through one proxy: the server's own bound holds.
    ///
    /// # Errors
    /// [`Full`].
    pub fn sit(&self, network: Option<String>) -> Result<Seat, Full> {
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = strangers.of_network.get(&network).copied().unwrap_or_default();
        if strangers.all >= self.most || (network.is_some() && known >= OF_ONE) {
            return Err(Full);
        }
        strangers.all += 1;
        strangers.of_network.insert(network.clone(), known + 1);
        Ok(Seat {
            lobby: self.clone(),
            network,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut strangers = self.lobby.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        strangers.all = strangers.all.saturating_sub(1);
        let left = strangers
            .of_network
            .get(&self.network)
            .map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            strangers.of_network.remove(&self.network);
        } else {
            strangers.of_network.insert(self.network.take(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_few_places_and_of_one_network_fewer() {
        let lobby = Lobby::new(OF_ONE + 2);
        let network = |name: &str| Some(name.to_owned());
        let mut seats: Vec<Seat> = (0..OF_ONE).map(|_| lobby.sit(network("a")).ok().unwrap()).collect();
        assert_eq!(lobby.sit(network("a")).err(), Some(Full));
        seats.push(lobby.sit(network("b")).ok().unwrap());
        seats.push(lobby.sit(None).ok().unwrap());
        assert_eq!(lobby.sit(network("c")).err(), Some(Full), "the server is full");
        drop(seats.remove(0));
        seats.push(lobby.sit(network("a")).ok().unwrap());
        drop(seats);
        let left = lobby.strangers.lock().unwrap();
        assert_eq!((left.all, left.of_network.len()), (0, 0));
    }
}
