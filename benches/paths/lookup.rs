//! F1, F2: looking a customer up among encrypted records, beside the same look-up over plaintext with btree and `pg_trgm`.

use std::time::Instant;

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sealdesk::{
    database::connect,
    operations::sample::{Customer, Generator},
    service::{
        SignedIn,
        search::{self, ListRequest},
    },
};
use tokio_postgres::{Client, Statement, types::ToSql};
use uuid::Uuid;

use super::{
    Failure, page,
    world::{SEED, World, superuser},
};

const ROUNDS: usize = 150;
const WARM_UP: usize = 20;

pub async fn run(host: &str, password: &str, records: u64) -> Result<(), Failure> {
    let mut world = World::found(host, password).await?;
    let agent = world.senior_agent(1).await?;
    world.load(&agent, records).await?;
    let plain = Plain::make(&superuser(host, password, "sealdesk_bench"), records).await?;
    // As the collection sets it for itself.
    world.owner.batch_execute("checkpoint; set random_page_cost = 1.1").await?;
    for kind in Kind::ALL {
        measure(&world, &agent, &plain, kind, records).await?;
    }
    page::measure(&world.config, &agent, &world.owner, records).await
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Exact,
    LastFour,
    NamePrefix,
    TwoWords,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Exact, Self::LastFour, Self::NamePrefix, Self::TwoWords];

    /// What is typed into the search box to find this customer.
    fn typed(self, customer: &Customer) -> String {
        match self {
            Self::Exact => format!("phone:{}", customer.phone),
            Self::LastFour => format!("phone:{}", &customer.phone[7..]),
            Self::NamePrefix => format!("name:{}", prefix(customer)),
            Self::TwoWords => format!("name:{} city:{}", prefix(customer), customer.city),
        }
    }
}

/// Four characters of a word of the name.
fn prefix(customer: &Customer) -> String {
    let word = customer.name.split(|c: char| !c.is_alphanumeric()).nth(1).unwrap_or(&customer.name);
    word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).take(4).collect()
}

async fn measure(world: &World, agent: &SignedIn, plain: &Plain, kind: Kind, records: u64) -> Result<(), Failure> {
    let mut rng = StdRng::seed_from_u64(9);
    let search_box = Uuid::now_v7();
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut found = 0;
    for round in 0..ROUNDS + WARM_UP {
        let customer = Generator::new(SEED).customer(rng.random_range(0..records));
        let query = search::parse(&agent.policy().catalogue, &kind.typed(&customer))?;
        // Side by side, so that a noisy neighbour disturbs both.
        let began = Instant::now();
        let page = search::list(agent, &ListRequest { query, limit: 50, search_box, ..ListRequest::default() }).await?;
        let whole = began.elapsed();
        // The database's work alone: the same SQL as the collection has just run, planned anew, without ticket and event.
        let page_sql: String = world
            .owner
            .query_one("select sealdesk.list_page(q, 'bench') from sealdesk.list_query q order by at desc limit 1", &[])
            .await?
            .get(0);
        let began = Instant::now();
        world.owner.simple_query(&page_sql).await?;
        let alone = began.elapsed();
        let began = Instant::now();
        plain.look_up(kind, &customer).await?;
        let beside = began.elapsed();
        if page.rows.is_empty() {
            return Err(format!("{kind:?}: \"{}\" found nothing", kind.typed(&customer)).into());
        }
        found += page.rows.len();
        if round >= WARM_UP {
            for (list, time) in times.iter_mut().zip([whole, alone, beside]) {
                list.push(time.as_secs_f64() * 1e3);
            }
        }
    }
    let [whole, alone, beside] = times.map(super::median);
    println!(
        "F1 {records} records, {kind:?}: whole path {whole:.2} ms, query alone {alone:.2} ms, plaintext {beside:.2} ms; ratios {:.2} and {:.2}; {:.1} rows a page",
        whole / beside,
        alone / beside,
        found as f64 / (ROUNDS + WARM_UP) as f64
    );
    Ok(())
}

/// The same customers in a plain table, indexed as one would: btree on what is exact, trigrams on what is not.
struct Plain {
    client: Client,
    exact: Statement,
    last_four: Statement,
    name: Statement,
    two: Statement,
}

impl Plain {
    async fn make(target: &connect::Target, records: u64) -> Result<Self, Failure> {
        let client = connect::client(target).await?;
        client
            .batch_execute(
                "create schema plain; create extension pg_trgm schema plain; set search_path = plain, pg_catalog;
                 create table customer (number bigint primary key, name text, city text, status text, phone text, email text, address text,
                   id_number text, birth_date text, card text, updated_at timestamptz default clock_timestamp())",
            )
            .await?;
        copy(&client, records).await?;
        client
            .batch_execute(
                "create index on customer (phone); create index on customer (right(phone, 4)); create index on customer (id_number);
                 create index on customer (updated_at desc, number desc);
                 set maintenance_work_mem = '512MB';
                 create index on customer using gin (name gin_trgm_ops, city gin_trgm_ops)",
            )
            .await?;
        client.batch_execute("vacuum (analyze) customer").await?;
        let page = "select number, name, city, status, phone, updated_at from customer where";
        let order = "order by updated_at desc, number desc limit 51";
        Ok(Self {
            exact: client.prepare(&format!("{page} phone = $1 {order}")).await?,
            last_four: client.prepare(&format!("{page} right(phone, 4) = $1 {order}")).await?,
            name: client.prepare(&format!("{page} name ilike $1 {order}")).await?,
            two: client.prepare(&format!("{page} name ilike $1 and city ilike $2 {order}")).await?,
            client,
        })
    }

    async fn look_up(&self, kind: Kind, customer: &Customer) -> Result<usize, Failure> {
        let (word, city) = (format!("%{}%", prefix(customer)), format!("%{}%", customer.city));
        let rows = match kind {
            Kind::Exact => self.client.query(&self.exact, &[&customer.phone]).await?,
            Kind::LastFour => self.client.query(&self.last_four, &[&&customer.phone[7..]]).await?,
            Kind::NamePrefix => self.client.query(&self.name, &[&word]).await?,
            Kind::TwoWords => self.client.query(&self.two, &[&word, &city]).await?,
        };
        Ok(rows.len())
    }
}

async fn copy(client: &Client, records: u64) -> Result<(), Failure> {
    use tokio_postgres::{binary_copy::BinaryCopyInWriter, types::Type};
    let fields = ["name", "city", "status", "phone", "email", "address", "id_number", "birth_date", "card"];
    let sink = client.copy_in(&format!("copy customer (number, {}) from stdin (format binary)", fields.join(", "))).await?;
    let types: Vec<Type> = std::iter::once(Type::INT8).chain(fields.map(|_| Type::TEXT)).collect();
    let mut writer = std::pin::pin!(BinaryCopyInWriter::new(sink, &types));
    for position in 0..records {
        let customer = Generator::new(SEED).customer(position);
        let number = i64::try_from(position)? + 1;
        let values = fields.map(|field| customer.value(field));
        let row: Vec<&(dyn ToSql + Sync)> =
            std::iter::once(&number as &(dyn ToSql + Sync)).chain(values.iter().map(|value| value as &(dyn ToSql + Sync))).collect();
        writer.as_mut().write(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}
