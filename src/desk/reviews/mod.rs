//! What the reviews screen knows: findings, campaigns, and the grants of one campaign.

use std::time::Instant;

use crate::model::{
    finding::Finding,
    review::{Campaign, Item},
};
use crate::service::review::NewCampaign;

/// What is done in a review, as it is handed to the service.
pub enum Act {
    Keep {
        number: i32,
        login: String,
        role: String,
    },
    Revoke {
        number: i32,
        login: String,
        role: String,
        comment: String,
    },
    Change {
        number: i32,
        login: String,
        role: String,
        to: String,
        comment: String,
    },
    Start(NewCampaign),
    /// Into a file that is not there yet.
    Export {
        number: i32,
        file: String,
    },
}

/// What a dialog asks for, about a grant of the campaign of this number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    Revoke { number: i32, role: String },
    Change { number: i32, role: String },
    Start,
    Export(i32),
}

/// What the screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    Findings,
    #[default]
    Campaigns,
    /// The grants of a campaign.
    Items(i32),
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Findings(Vec<Finding>),
    Campaigns(Vec<Campaign>),
    /// With the campaigns, whose counts change with every answer.
    Items(i32, Vec<Campaign>, Vec<Item>),
}

#[derive(Default)]
pub struct Reviews {
    pub shown: Shown,
    /// `None` until they were read.
    pub findings: Option<Vec<Finding>>,
    pub campaigns: Vec<Campaign>,
    pub items: Vec<Item>,
    /// The rows under the cursor; of campaigns and grants by name, so that it stays there whatever is read.
    pub finding: usize,
    pub campaign: Option<i32>,
    pub item: Option<(String, String)>,
    pub generation: u64,
    pub loading: bool,
    pub read_at: Option<Instant>,
    /// Something has happened since.
    pub stale: bool,
    /// When the campaigns were last asked for, whatever is shown: who looks at them closes what is due.
    pub campaigns_asked: Option<Instant>,
    /// How many grants the person has been told of that wait for their answer.
    pub told: i64,
}

impl Reviews {
    #[must_use]
    pub fn rows(&self) -> usize {
        match self.shown {
            Shown::Findings => self.findings.as_ref().map_or(0, Vec::len),
            Shown::Campaigns => self.campaigns.len(),
            Shown::Items(_) => self.items.len(),
        }
    }

    /// The row of the cursor among those shown.
    #[must_use]
    pub fn row(&self) -> usize {
        let found = match self.shown {
            Shown::Findings => Some(self.finding),
            Shown::Campaigns => self.campaigns.iter().position(|campaign| Some(campaign.number) == self.campaign),
            Shown::Items(_) => self.items.iter().position(|item| self.item.as_ref().is_some_and(|(user, role)| is(item, user, role))),
        };
        found.unwrap_or(0).min(self.rows().saturating_sub(1))
    }

    pub fn select(&mut self, row: usize) {
        match self.shown {
            Shown::Findings => self.finding = row,
            Shown::Campaigns => self.campaign = self.campaigns.get(row).map(|campaign| campaign.number),
            Shown::Items(_) => self.item = self.items.get(row).map(|item| (item.user.clone(), item.role.clone())),
        }
    }

    /// The finding under the cursor, while findings are shown.
    #[must_use]
    pub fn current_finding(&self) -> Option<&Finding> {
        self.findings.as_ref()?.get(self.row()).filter(|_| self.shown == Shown::Findings)
    }

    /// The campaign under the cursor, or the one whose grants are shown.
    #[must_use]
    pub fn current_campaign(&self) -> Option<&Campaign> {
        match self.shown {
            Shown::Findings => None,
            Shown::Campaigns => self.campaigns.get(self.row()),
            Shown::Items(number) => self.campaigns.iter().find(|campaign| campaign.number == number),
        }
    }

    /// The grant under the cursor, while grants are shown.
    #[must_use]
    pub fn current_item(&self) -> Option<&Item> {
        self.items.get(self.row()).filter(|_| matches!(self.shown, Shown::Items(_)))
    }
}

fn is(item: &Item, user: &str, role: &str) -> bool {
    item.user == user && item.role == role
}
