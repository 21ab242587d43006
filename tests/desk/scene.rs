//! A desk with a signed-in senior agent, three customers in the list and one open. Nothing in it moves with the clock.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sealdesk::{
    config::{Config, Glyphs, ThemeName, TlsConfig, TlsMode},
    crypto::secret::Secret,
    desk::{
        event::{Event, Session},
        state::{Revealed, State},
        update::update,
    },
    model::{
        catalogue::Language,
        clearance::Clearance,
        id::{InstallationId, RecordId, RecordNumber},
        preset,
        record::{FieldView, ListPage, ListRow, RecordView, Summary},
    },
    service::{Quota, Transport},
};
use uuid::Uuid;

pub fn desk(language: Language) -> State {
    let mut state =
        State::new(&config(language), Some("lin.mei"), vec![("lin.mei".into(), "only-in-the-demo".into(), "senior_agent".into())]);
    state.zone = TimeZone::UTC;
    update(&mut state, Event::Unlocked(Ok(Box::new(session()))));
    update(&mut state, Event::Beat(Ok(Quota { used: 12, limit: 200, expires_at: Timestamp::UNIX_EPOCH })));
    let rows = vec![
        row(204_817, "Zhang Wei 张伟", "138****5678", "杭州"),
        row(118_203, "Zhang Weiming 张伟明", "139****1120", "苏州"),
        row(990_121, "Zhang Wenjing 张文静", "186****0047", "成都"),
    ];
    let page = ListPage { rows, total: 1_048_211, total_exact: false, ..ListPage::default() };
    let generation = state.list.generation;
    update(&mut state, Event::Listed { generation, direction: None, page: Ok(page) });
    let generation = state.detail_generation;
    update(&mut state, Event::Viewed { generation, view: Ok(Box::new(view())), strip: Ok(Vec::new()) });
    if let Some(detail) = &mut state.detail {
        let until = state.now + Duration::from_secs(24);
        detail.revealed.insert("phone".into(), Revealed { value: Secret::from("13812345678"), until, reason: None });
    }
    state
}

/// The focus goes, where policy hides everything then.
pub fn lose_focus(state: &mut State) {
    for class in state.session.iter_mut().flat_map(|session| &mut session.catalogue.classes) {
        class.hide_on_focus_loss = true;
    }
    update(state, Event::FocusLost);
}

/// Presses `2` and lets the moment pass in which it could have become a count.
pub fn go_to_audit(state: &mut State) {
    update(state, Event::Key(KeyEvent::new(KeyCode::Char('2'), KeyModifiers::NONE)));
    state.count.screen_at = Some(Instant::now());
    update(state, Event::Tick);
}

fn config(language: Language) -> Config {
    Config {
        installation: InstallationId(Uuid::nil()),
        name: "acme-prod".into(),
        host: "db.example.com".into(),
        port: 5432,
        dbname: "sealdesk".into(),
        user: None,
        tls: TlsConfig { mode: TlsMode::VerifyFull, ca: None },
        root_fingerprint: None,
        language,
        theme: ThemeName::Dark,
        glyphs: Glyphs::Ascii,
        mouse: false,
        bell: true,
        idle_lock_minutes: 5,
        log_level: "info".into(),
        watch: sealdesk::config::Watch::default(),
    }
}

pub fn session() -> Session {
    let rights =
        preset::rights().into_iter().filter(|(role, _, _)| role == "senior_agent").map(|(_, class, rights)| (class, rights)).collect();
    Session {
        user: "lin.mei".into(),
        roles: vec!["senior_agent".into()],
        installation: "acme-prod".into(),
        transport: Transport::VerifiedTls,
        catalogue: preset::catalogue(),
        rights,
        audit_all: false,
        standing: sealdesk::model::request::Standing::default(),
        manage_people: false,
        manage_policy: false,
        respond: false,
        starred: Vec::new(),
        expires_at: Timestamp::now() + SignedDuration::from_secs(7 * 3_600 + 41 * 60 + 30),
        problems: Vec::new(),
    }
}

/// 2026-11-20 12:00 UTC.
fn noon() -> Timestamp {
    Timestamp::constant(1_795_176_000, 0)
}

fn summary(name: &str, phone: &str, city: &str) -> Summary {
    [("name", name), ("phone", phone), ("city", city), ("status", "active")].map(|(code, value)| (code.to_owned(), value.to_owned())).into()
}

fn row(number: i64, name: &str, phone: &str, city: &str) -> ListRow {
    ListRow {
        id: RecordId(Uuid::from_u128(u128::from(number.unsigned_abs()))),
        kind: "customer".into(),
        number: RecordNumber::new("C", number),
        version: 14,
        updated_at: noon(),
        updated_by: "wu.jun".into(),
        deleted: false,
        summary: Ok(summary(name, phone, city)),
    }
}

pub fn view() -> RecordView {
    let masked = |code: &str| match code {
        "name" => Some("Zhang Wei 张伟"),
        "city" => Some("杭州"),
        "status" => Some("active"),
        "phone" => Some("138****5678"),
        "email" => Some("z***@example.com"),
        "id_number" => Some("**** 4412"),
        "birth_date" => Some("1988-**-**"),
        "card" => Some("**** 1111"),
        _ => None,
    };
    let rights = |class: &str| session().rights.get(class).copied().unwrap_or_default();
    let fields = preset::catalogue()
        .fields
        .iter()
        .map(|field| FieldView {
            field: field.code.clone(),
            class: field.class.clone(),
            present: masked(&field.code).is_some(),
            withheld: false,
            version: 14,
            epoch: 1,
            changed_at: None,
            changed_by: None,
            masked: masked(&field.code).map(|text| Ok(text.to_owned())),
            open: field.class == "basic",
            reveal: if rights(&field.class).reveal { Ok(()) } else { Err(sealdesk::model::record::Denied::NotPermitted) },
            edit: if rights(&field.class).edit { Ok(()) } else { Err(sealdesk::model::record::Denied::NotPermitted) },
        })
        .collect();
    RecordView {
        label: Clearance::new("normal", &[]),
        hold: None,
        owner: "lin.mei".into(),
        id: RecordId(Uuid::from_u128(204_817)),
        kind: "customer".into(),
        number: RecordNumber::new("C", 204_817),
        version: 14,
        summary: Ok(summary("Zhang Wei 张伟", "138****5678", "杭州")),
        created_at: noon(),
        created_by: "wu.jun".into(),
        updated_at: noon(),
        updated_by: "wu.jun".into(),
        deleted: false,
        fields,
        note_count: 3,
        newest_note: Some((noon(), "wu.jun".into())),
    }
}
