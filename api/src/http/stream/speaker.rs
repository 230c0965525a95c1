//! How an operation speaks to its connection.

use tokio::sync::mpsc;

use crate::error::Error;

/// What a stream says.
#[derive(Debug)]
pub(super) enum Word {
    /// An answer.
    Next(String),
    /// The errors with which it ends.
    Error(String),
    /// It ends.
    Complete,
    /// Whoever holds the connection is not signed in any more.
    SignedOut(Error),
}

/// Something an operation says.
pub(super) struct Said {
    /// The operation's id on its connection.
    pub id: String,
    /// Tells operations apart that had the same id one after the other.
    pub number: u64,
    /// What it says.
    pub word: Word,
}

/// How an operation speaks to its connection. A connection that is slow makes its own operations wait, nobody else's.
#[derive(Clone)]
pub(super) struct Speaker {
    /// To the connection.
    pub sender: mpsc::Sender<Said>,
    /// See [`Said::id`].
    pub id: String,
    /// See [`Said::number`].
    pub number: u64,
}

impl Speaker {
    /// Says something; false when the connection is gone.
    pub(super) async fn say(&self, word: Word) -> bool {
        self.sender.send(self.said(word)).await.is_ok()
    }

    /// Says something if the connection takes it at once; gives it back if not.
    pub(super) fn say_at_once(&self, word: Word) -> Result<(), Word> {
        let said = self.sender.try_send(self.said(word));
        said.map_err(|error| error.into_inner().word)
    }

    fn said(&self, word: Word) -> Said {
        Said {
            id: self.id.clone(),
            number: self.number,
            word,
        }
    }
}
