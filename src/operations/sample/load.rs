//! Loading generated records by binary `COPY`, past the API and its audit: as the owner, into a database that has no records of its own to
//! protect yet. What is written is byte for byte what saving each in the desk would have written, nonces aside.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio_postgres::{Client, Transaction, binary_copy::BinaryCopyInWriter, types::Type};
use uuid::{Builder, Uuid};

use super::{CONTRACT, Contract, Customer, Generator};
use crate::{
    database::api::record::SealedField,
    keyring::{Keyring, KeyringError, Purpose},
    model::{catalogue::Catalogue, id::RecordId, kind::CUSTOMER, record::Summary},
    service::{SignedIn, edit::seal_field, note::CLASS as NOTE_CLASS},
    text::mask::mask,
};

/// Records that one `COPY` carries: large enough that its round trips do not count, small enough to hold a few in memory.
const CHUNK: u64 = 1_000;
/// From so many records on, the token index is built once at the end instead of row by row.
const BUILD_INDEX_LATER: u64 = 30_000;
/// More encrypting threads than this would wait for the one connection.
const THREADS: usize = 4;
/// How far back the oldest generated record lies.
const SPAN: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// Why a load ended. Nothing of it is left in the database.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error("a record cannot be sealed: {0}")]
    Keyring(#[from] KeyringError),
    #[error("the database refused the load: {0}")]
    Database(#[from] tokio_postgres::Error),
}

/// Labelled records lie so far behind the newest one: on the first page of the list, and not beside each other.
const LABELLED: [u64; 5] = [2, 5, 9, 14, 20];
/// Their label: one level above what everybody may know of.
const LABEL: i16 = 1;

/// Of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    Customers,
    /// With customers who have the numbers 1 to so many. [`super::define_contracts`] comes first.
    Contracts {
        customers: u64,
    },
}

/// What is to be loaded.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub records: Records,
    pub count: u64,
    pub seed: u64,
    /// Whether a handful of the newest are labelled.
    pub labelled: bool,
}

/// Adds records, written as `signed_in`, in one transaction; calls `progress` with the number written so far. The person must hold the
/// value, mask and index keys of every class; the connection must be a superuser's.
///
/// # Errors
/// [`LoadError`]; the database is then as it was.
pub async fn load(client: &mut Client, signed_in: &SignedIn, load: Load, progress: impl Fn(u64)) -> Result<(), LoadError> {
    let by = signed_in.user();
    let transaction = client.transaction().await?;
    // The rows are consistent by construction, so checking two foreign keys for each of ten million field values would only double the time.
    transaction.batch_execute("set local session_replication_role = replica; set local role sealdesk_owner").await?;
    let row = transaction.query_one("select coalesce(max(number), 0) from sealdesk.record", &[]).await?;
    let plan = Arc::new(Plan {
        keyring: signed_in.keyring(),
        catalogue: signed_in.policy().catalogue.clone(),
        generator: Generator::new(load.seed),
        load,
        first_number: row.get::<_, i64>(0) + 1,
        newest: Timestamp::now(),
    });
    let index_later = load.count >= BUILD_INDEX_LATER;
    if index_later {
        transaction.batch_execute("drop index sealdesk.record_tokens").await?;
    }
    write_all(&transaction, &plan, by, &progress).await?;
    if index_later {
        transaction
            .batch_execute(
                "set local maintenance_work_mem = '512MB';
                 create index record_tokens on sealdesk.record using gin (tokens) with (fastupdate = off)",
            )
            .await?;
    }
    transaction
        .batch_execute(
            "select setval(pg_get_serial_sequence('sealdesk.record', 'number'), greatest((select max(number) from sealdesk.record), 1));
             analyze sealdesk.record, sealdesk.field_value, sealdesk.note",
        )
        .await?;
    transaction.commit().await?;
    // Marks the pages all-visible, without which the first counts and index-only scans read every one of them.
    client.batch_execute("vacuum (analyze) sealdesk.record").await?;
    Ok(())
}

async fn write_all(transaction: &Transaction<'_>, plan: &Arc<Plan>, by: &str, progress: &impl Fn(u64)) -> Result<(), LoadError> {
    let next = Arc::new(AtomicU64::new(0));
    let threads = thread::available_parallelism().map_or(2, usize::from).clamp(1, THREADS);
    let (sender, mut chunks) = mpsc::channel(threads);
    for _ in 0..threads {
        let (plan, next, sender) = (Arc::clone(plan), Arc::clone(&next), sender.clone());
        thread::spawn(move || {
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                // A closed channel means that the other side has failed and said so itself.
                if start >= plan.load.count || sender.blocking_send(plan.seal_chunk(start)).is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    let mut done = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk?;
        write_chunk(transaction, &chunk, by).await?;
        done += chunk.len() as u64;
        progress(done);
    }
    Ok(())
}

/// What every thread needs to know.
struct Plan {
    keyring: Arc<Keyring>,
    catalogue: Catalogue,
    generator: Generator,
    load: Load,
    first_number: i64,
    newest: Timestamp,
}

/// One record as generated.
enum Sample {
    Customer(Customer),
    Contract(Contract),
}

impl Sample {
    fn value(&self, field: &str) -> Option<&str> {
        match self {
            Self::Customer(customer) => customer.value(field),
            Self::Contract(contract) => contract.value(field),
        }
    }

    fn note(&self) -> Option<&'static str> {
        match self {
            Self::Customer(customer) => customer.note,
            Self::Contract(_) => None,
        }
    }
}

/// One record, sealed.
struct Row {
    id: Uuid,
    kind: &'static str,
    /// Rank of its label.
    label: i16,
    number: i64,
    at: Timestamp,
    summary: Vec<u8>,
    tokens: Vec<i64>,
    /// With the code of each field's class.
    fields: Vec<(String, SealedField)>,
    note: Option<(Uuid, Vec<u8>)>,
}

impl Plan {
    fn seal_chunk(&self, start: u64) -> Result<Vec<Row>, KeyringError> {
        (start..self.load.count.min(start + CHUNK)).map(|position| self.seal_row(position)).collect()
    }

    fn seal_row(&self, position: u64) -> Result<Row, KeyringError> {
        let (kind, sample) = match self.load.records {
            Records::Customers => (CUSTOMER, Sample::Customer(self.generator.customer(position))),
            Records::Contracts { customers } => (CONTRACT, Sample::Contract(self.generator.contract(position, customers))),
        };
        let at = self.time_of(position);
        let record = RecordId(id_at(at));
        let mut summary = Summary::new();
        let mut fields = Vec::with_capacity(self.catalogue.fields.len());
        let mut tokens = Vec::new();
        for field in self.catalogue.fields_of(kind) {
            let Some(value) = sample.value(&field.code) else { continue };
            let sealed = seal_field(&self.keyring, record, field, value)?;
            tokens.extend_from_slice(&sealed.tokens);
            fields.push((field.class.clone(), sealed));
            if field.summary {
                summary.insert(field.code.clone(), mask(field.mask, value));
            }
        }
        tokens.sort_unstable();
        tokens.dedup();
        let note = sample.note().map(|text| {
            let id = id_at(at);
            self.keyring.seal(Purpose::Note, record, &id.to_string(), NOTE_CLASS, text).map(|sealed| (id, sealed))
        });
        Ok(Row {
            id: record.0,
            kind,
            label: if self.load.labelled && LABELLED.contains(&(self.load.count - position)) { LABEL } else { 0 },
            number: self.first_number.saturating_add_unsigned(position),
            at,
            summary: self.keyring.seal_summary(record, &summary)?,
            tokens,
            fields,
            note: note.transpose()?,
        })
    }

    /// Spreads the records evenly over the span, the last one being the newest.
    fn time_of(&self, position: u64) -> Timestamp {
        let back = i64::try_from(u128::from(self.load.count - position) * SPAN.as_micros().unsigned_abs() / u128::from(self.load.count))
            .unwrap_or_default();
        self.newest.saturating_sub(SignedDuration::from_micros(back)).unwrap_or(self.newest)
    }
}

/// A version 7 UUID of that time, as the desk would have made it then.
fn id_at(at: Timestamp) -> Uuid {
    Builder::from_unix_timestamp_millis(at.as_millisecond().unsigned_abs(), &rand::random()).into_uuid()
}

async fn write_chunk(transaction: &Transaction<'_>, rows: &[Row], by: &str) -> Result<(), LoadError> {
    let sink = transaction
        .copy_in(
            "copy sealdesk.record (id, kind, label, labelled, number, version, summary, tokens, created_at, created_by, updated_at, updated_by)
             from stdin (format binary)",
        )
        .await?;
    let time = Type::TIMESTAMPTZ;
    let types = [
        Type::UUID,
        Type::TEXT,
        Type::INT2,
        Type::BOOL,
        Type::INT8,
        Type::INT8,
        Type::BYTEA,
        Type::INT8_ARRAY,
        time.clone(),
        Type::TEXT,
        time.clone(),
        Type::TEXT,
    ];
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        writer
            .as_mut()
            .write(&[
                &row.id,
                &row.kind,
                &row.label,
                &(row.label > 0),
                &row.number,
                &1_i64,
                &row.summary,
                &row.tokens,
                &row.at,
                &by,
                &row.at,
                &by,
            ])
            .await?;
    }
    writer.finish().await?;

    let sink = transaction
        .copy_in(
            "copy sealdesk.field_value (record, field, class, epoch, version, value, masked, tokens, changed_at, changed_by)
             from stdin (format binary)",
        )
        .await?;
    let types =
        [Type::UUID, Type::TEXT, Type::TEXT, Type::INT4, Type::INT8, Type::BYTEA, Type::BYTEA, Type::INT8_ARRAY, time.clone(), Type::TEXT];
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        for (class, sealed) in &row.fields {
            writer
                .as_mut()
                .write(&[&row.id, &sealed.field, class, &sealed.epoch, &1_i64, &sealed.value, &sealed.masked, &sealed.tokens, &row.at, &by])
                .await?;
        }
    }
    writer.finish().await?;

    let sink = transaction.copy_in("copy sealdesk.note (id, record, value, at, by) from stdin (format binary)").await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::UUID, Type::UUID, Type::BYTEA, time, Type::TEXT]));
    for row in rows {
        if let Some((id, value)) = &row.note {
            writer.as_mut().write(&[id, &row.id, value, &row.at, &by]).await?;
        }
    }
    writer.finish().await?;
    Ok(())
}
