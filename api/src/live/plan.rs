//! What a stream follows, and what of it concerns the stream: pure.

use entity::id::{AccountId, RegistrationId, TenantId, UnitId};

use super::cursor::{NoticePlace, StepPlace};
use super::news::News;

/// What a stream follows.
#[derive(Debug, Clone)]
pub enum Plan {
    /// The steps of registrations, each of them.
    Steps(Steps, Start<StepPlace>),
    /// Figures that are read whole, at most so often.
    Figures(Place, Start<i64>),
    /// An account's notices.
    Notices(AccountId, Start<NoticePlace>),
}

/// The steps of an association that are followed.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// Where.
    pub place: Place,
    /// Of one registration.
    pub registration: Option<RegistrationId>,
    /// Of one programme year.
    pub year: Option<i32>,
}

/// Where a stream begins.
#[derive(Debug, Clone)]
pub enum Start<P> {
    /// Now.
    Now(P),
    /// Where another stream ended.
    Resumed(P),
    /// Now, because what came between is not kept any longer.
    TooOld(P),
}

impl<P> Start<P> {
    /// The place in it.
    pub fn place(&self) -> &P {
        match self {
            Self::Now(place) | Self::Resumed(place) | Self::TooOld(place) => place,
        }
    }
}

/// What part of the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All associations.
    City,
    /// One association.
    Association(TenantId),
    /// One ward.
    Ward(TenantId, UnitId),
    /// One branch.
    Branch(TenantId, UnitId),
    /// What an account manages.
    Own(TenantId, AccountId),
}

impl Place {
    /// Its association; none for the city.
    pub fn tenant(self) -> Option<TenantId> {
        match self {
            Self::City => None,
            Self::Association(tenant) | Self::Ward(tenant, _) | Self::Branch(tenant, _) | Self::Own(tenant, _) => {
                Some(tenant)
            }
        }
    }

    fn is_touched(self, news: &News) -> bool {
        if self
            .tenant()
            .is_some_and(|tenant| news.tenant != Some(tenant) && news.tenant.is_some())
        {
            return false;
        }
        let Some(touched) = &news.touched else { return true };
        match self {
            Self::City | Self::Association(_) => true,
            Self::Ward(_, ward) => touched.units.contains(&ward),
            Self::Branch(_, branch) => touched.units.contains(&branch),
            Self::Own(_, account) => touched.managers.contains(&account),
        }
    }
}

impl Plan {
    /// Whether the stream should look.
    pub fn is_concerned(&self, news: &News) -> bool {
        match self {
            Self::Steps(steps, _) => steps.place.is_touched(news),
            Self::Figures(place, _) => place.is_touched(news),
            Self::Notices(account, _) => match &news.touched {
                None => true,
                Some(touched) => touched.readers.contains(account),
            },
        }
    }

    /// The association whose share of streams it takes; none for those of the city and of accounts.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Steps(steps, _) => steps.place.tenant(),
            Self::Figures(place, _) => place.tenant(),
            Self::Notices(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::super::news::Touched;
    use super::*;

    fn id<T: From<Uuid>>(number: u128) -> T {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn news_concern_the_units_and_people_they_touch() {
        let (here, there): (TenantId, TenantId) = (id(1), id(2));
        let news = News {
            tenant: Some(here),
            touched: Some(Touched {
                units: HashSet::from([id(10), id(11)]),
                managers: HashSet::from([id(20)]),
                readers: HashSet::from([id(21)]),
            }),
        };
        let figures = |place| Plan::Figures(place, Start::Now(0)).is_concerned(&news);
        assert!(figures(Place::City) && figures(Place::Association(here)));
        assert!(!figures(Place::Association(there)));
        assert!(figures(Place::Ward(here, id(10))) && !figures(Place::Ward(here, id(12))));
        assert!(figures(Place::Branch(here, id(11))) && !figures(Place::Branch(there, id(11))));
        assert!(figures(Place::Own(here, id(20))) && !figures(Place::Own(here, id(21))));
        // what is not known in particular concerns everybody there
        let unknown = News {
            tenant: Some(here),
            touched: None,
        };
        assert!(Plan::Figures(Place::Own(here, id(99)), Start::Now(0)).is_concerned(&unknown));
        assert!(!Plan::Figures(Place::Own(there, id(99)), Start::Now(0)).is_concerned(&unknown));
        let all = News {
            tenant: None,
            touched: None,
        };
        assert!(Plan::Figures(Place::Own(there, id(99)), Start::Now(0)).is_concerned(&all));
    }
}
