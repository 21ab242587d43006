//! F3: opening and painting a page of 50 rows, beside the query that fetched it.

use std::time::Instant;

use ratatui::{Terminal, backend::TestBackend};
use sealdesk::{
    config::Config,
    desk::{
        event::{Event, Session},
        state::State,
        update::update,
        view,
    },
    model::{id::RecordId, record::ListPage},
    service::{
        SignedIn,
        search::{self, ListRequest},
    },
};
use tokio_postgres::Client;
use uuid::Uuid;

use super::Failure;

const ROUNDS: usize = 150;

pub async fn measure(config: &Config, agent: &SignedIn, owner: &Client, records: u64) -> Result<(), Failure> {
    // Leaves what it asked behind: the SQL of its page.
    let page = search::list(agent, &ListRequest { limit: 50, ..ListRequest::default() }).await?;
    let sql: String =
        owner.query_one("select sealdesk.list_page(q, 'bench') from sealdesk.list_query q order by at desc limit 1", &[]).await?.get(0);
    let mut state = State::new(config, None, Vec::new());
    update(&mut state, Event::Unlocked(Ok(Box::new(Session::from(agent)))));
    let (mut fetched, mut opened, mut painted) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let rows = owner.query(&sql, &[]).await?;
        fetched.push(began.elapsed().as_secs_f64() * 1e3);

        let began = Instant::now();
        for row in &rows {
            agent.keyring().open_summary(RecordId(row.get::<_, Uuid>("id")), row.get::<_, &[u8]>("summary"))?;
        }
        opened.push(began.elapsed().as_secs_f64() * 1e3);

        let page = ListPage { rows: page.rows.clone(), ..ListPage::default() };
        // A new terminal each time: every cell is painted, as after a search.
        let mut terminal = Terminal::new(TestBackend::new(120, 60))?;
        let began = Instant::now();
        let generation = state.list.generation;
        update(&mut state, Event::Listed { generation, direction: None, page: Ok(page) });
        terminal.draw(|frame| view::render(frame, &mut state))?;
        painted.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let [fetched, opened, painted] = [fetched, opened, painted].map(super::median);
    println!(
        "F3 {records} records, {} rows: opened in {opened:.3} ms, painted in {painted:.3} ms, fetched in {fetched:.3} ms; ratio {:.2}",
        page.rows.len(),
        (opened + painted) / fetched
    );
    Ok(())
}
