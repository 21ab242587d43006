//! What is configured, and what the signed-in person may do. For showing and for checking what is typed only: the database decides.

use std::collections::BTreeMap;

use crate::{
    database::{
        api::{audit_scope, catalogue, catalogue_statement, elevation, kind},
        connection::Connection,
    },
    keyring::catalogue::CatalogueStatement,
    model::{
        catalogue::{Catalogue, Rights},
        request::Standing,
    },
    service::Result,
};

#[derive(Clone, Debug)]
pub struct Policy {
    pub catalogue: Catalogue,
    /// What an officer signed last of it; read beside it, and held against it before anything is sealed.
    pub(super) statement: Option<CatalogueStatement>,
    /// By class.
    pub rights: BTreeMap<String, Rights>,
    pub standing: Standing,
}

impl Policy {
    /// Everything in one round trip.
    pub(super) async fn read(client: &Connection, token: &[u8]) -> Result<Self> {
        let (kinds, classes, fields, reasons, roles, clearances, reported, rights, standing, statement) = tokio::try_join!(
            kind::list_kinds(client, token),
            catalogue::list_classes(client, token),
            catalogue::list_fields(client, token),
            catalogue::list_reasons(client, token),
            catalogue::list_roles(client, token),
            catalogue::list_clearances(client, token),
            audit_scope::list_reported(client, token),
            catalogue::list_rights(client, token),
            elevation::my_standing(client, token),
            catalogue_statement::newest(client, token),
        )?;
        Ok(Self {
            catalogue: Catalogue { kinds, classes, fields, reasons, roles, clearances, reported },
            statement,
            rights: rights.into_iter().collect(),
            standing,
        })
    }

    /// What officers sign, as it is stored, and nothing else.
    pub(super) async fn stored(client: &Connection, token: &[u8]) -> Result<Catalogue> {
        let (kinds, classes, fields, roles) = tokio::try_join!(
            kind::list_kinds(client, token),
            catalogue::list_classes(client, token),
            catalogue::list_fields(client, token),
            catalogue::list_roles(client, token),
        )?;
        Ok(Catalogue { kinds, classes, fields, roles, ..Catalogue::default() })
    }

    #[must_use]
    pub fn rights(&self, class: &str) -> Rights {
        self.rights.get(class).copied().unwrap_or_default()
    }

    /// Whether a role of this person has the capability (`audit_all`, `manage_people`, …).
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.standing.capabilities.iter().any(|held| held == capability)
    }
}
