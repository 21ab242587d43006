//! Generated contracts, the second kind of record in the demo, and what an installation needs to keep them.

use rand::RngExt as _;
use tokio_postgres::Client;

use super::{Generator, pick};
use crate::{
    database::error::Result,
    model::{
        catalogue::{Choice, Field, FieldKind, IndexMode, Label, Mask, Target, code_of},
        id::{Prefix, RecordNumber},
        kind::{CUSTOMER, RecordKind},
        preset::CUSTOMER_PREFIX,
    },
};

/// Code of the kind.
pub const CONTRACT: &str = "contract";
/// Keeps contracts apart from the customers of the same seed.
const STREAM: u64 = 1;
/// What contracts are about, in the words of either script.
const SUBJECTS: [&str; 12] = [
    "Maintenance",
    "Warehouse lease",
    "Fleet insurance",
    "Cloud hosting",
    "Cleaning service",
    "Annual support",
    "设备租赁合同",
    "物流服务协议",
    "软件维护合同",
    "办公室租赁合同",
    "广告投放协议",
    "年度采购框架协议",
];

/// A generated contract. Every value is in the spelling that [`crate::text::validate`] stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub title: String,
    /// Number of the customer it is with, `C-000042`.
    pub customer: String,
    pub state: &'static str,
    pub start: String,
    pub end: String,
    /// In yuan.
    pub amount: String,
}

impl Contract {
    /// The value of a field; `None` for a field that contracts do not have.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<&str> {
        Some(match field {
            "name" => &self.title,
            "customer" => &self.customer,
            "contract_state" => self.state,
            "start_date" => &self.start,
            "end_date" => &self.end,
            "amount" => &self.amount,
            _ => return None,
        })
    }
}

impl Generator {
    /// The contract at a position, with one of the customers who have the numbers 1 to `customers`.
    #[must_use]
    pub fn contract(self, position: u64, customers: u64) -> Contract {
        let mut rng = self.rng(STREAM, position);
        let rng = &mut rng;
        // Starts and terms are spread so that no year of an end is common enough for its token to tell much.
        let start_year = rng.random_range(2014..=2026_u16);
        let end_year = start_year + *pick(rng, &[1, 2, 3, 5, 8, 10]);
        let (month, day) = (rng.random_range(1..=12_u8), rng.random_range(1..=28_u8));
        let state = match (start_year, end_year) {
            (2026, _) => *pick(rng, &["draft", "running"]),
            (_, ..=2025) => *pick(rng, &["ended", "ended", "ended", "terminated"]),
            _ => *pick(rng, &["running", "running", "running", "terminated"]),
        };
        let customer = i64::try_from(rng.random_range(1..=customers.max(1))).unwrap_or(1);
        Contract {
            title: format!("{} {start_year}", pick(rng, &SUBJECTS)),
            customer: RecordNumber::new(CUSTOMER_PREFIX, customer).to_string(),
            state,
            start: format!("{start_year:04}-{month:02}-{day:02}"),
            end: format!("{end_year:04}-{month:02}-{day:02}"),
            amount: format!("{}.00", rng.random_range(8..2_400_u32) * 500),
        }
    }
}

/// The kind, as an officer would make it.
#[must_use]
pub fn kind() -> RecordKind {
    RecordKind {
        code: CONTRACT.into(),
        label: label("Contract", "合同"),
        prefix: "K".into(),
        name: Some(label("Title", "合同名称")),
        version: 1,
        retired: false,
    }
}

/// The fields that contracts have beside the name, in display order.
#[must_use]
pub fn fields() -> Vec<Field> {
    use FieldKind as K;
    use IndexMode as I;
    let field = |code: &str, en, zh, kind, class: &str, mask, index: &[IndexMode], summary| Field {
        code: code.into(),
        label: label(en, zh),
        section: CONTRACT.into(),
        section_label: label("Contract", "合同"),
        position: 0,
        kind,
        class: class.into(),
        mask,
        index: index.to_vec(),
        summary,
        required: false,
        choices: Vec::new(),
        version: 1,
        layout: 1,
        retired: false,
        kinds: vec![CONTRACT.into()],
        of: None,
    };
    let mut fields = vec![
        field("customer", "Customer", "客户", K::Record, "basic", Mask::Open, &[I::Exact], true),
        field("contract_state", "State", "合同状态", K::Choice, "basic", Mask::Open, &[], true),
        field("start_date", "Start", "开始日期", K::Date, "basic", Mask::Open, &[], false),
        field("end_date", "End", "结束日期", K::Date, "basic", Mask::Open, &[I::DateParts], true),
        field("amount", "Amount (yuan)", "金额（元）", K::Number, "payment", Mask::Hidden, &[], false),
    ];
    let choice = |code: &str, en, zh| Choice { code: code.into(), label: label(en, zh) };
    fields[0].of = Some(Target { kind: CUSTOMER.into(), prefix: Prefix::parse(CUSTOMER_PREFIX).unwrap_or_default() });
    fields[1].choices = vec![
        choice("draft", "draft", "草拟中"),
        choice("running", "running", "履行中"),
        choice("ended", "ended", "已到期"),
        choice("terminated", "terminated", "已终止"),
    ];
    fields
}

/// Makes the kind and its fields past the API and its audit, as the sample records are loaded: in a new installation, as its owner.
///
/// # Errors
/// Whatever the database refuses.
pub async fn define(client: &Client) -> Result<()> {
    let kind = kind();
    client
        .execute(
            "insert into sealdesk.record_kind (code, label_en, label_zh, prefix, name_en, name_zh, position)
             select $1, $2, $3, $4, $5, $6, 1 + max(position) from sealdesk.record_kind",
            &[
                &kind.code,
                &kind.label.en,
                &kind.label.zh,
                &kind.prefix,
                &kind.name.as_ref().map(|name| &name.en),
                &kind.name.as_ref().map(|name| &name.zh),
            ],
        )
        .await?;
    client.execute("update sealdesk.field set kinds = kinds || $1::text where code = 'name'", &[&kind.code]).await?;
    for field in fields() {
        let modes: Vec<String> = field.index.iter().map(code_of).collect();
        let choices = serde_json::to_string(&field.choices).unwrap_or_else(|_| "[]".into());
        client
            .execute(
                "insert into sealdesk.field (code, label_en, label_zh, section, section_en, section_zh, position, kind, class, mask, index_modes, summary,
                   required, choices, kinds, of_kind)
                 select $1, $2, $3, $4, $5, $6, 1 + max(position), $7, $8, $9, $10, $11, $12, $13, $14, $15 from sealdesk.field",
                &[
                    &field.code,
                    &field.label.en,
                    &field.label.zh,
                    &field.section,
                    &field.section_label.en,
                    &field.section_label.zh,
                    &code_of(&field.kind),
                    &field.class,
                    &code_of(&field.mask),
                    &modes,
                    &field.summary,
                    &field.required,
                    &choices,
                    &field.kinds,
                    &field.of.as_ref().map(|of| &of.kind),
                ],
            )
            .await?;
    }
    Ok(())
}

fn label(en: &str, zh: &str) -> Label {
    Label { en: en.into(), zh: zh.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{leak::Meter, validate::validate};

    #[test]
    fn every_value_is_valid_and_already_in_its_stored_spelling() {
        let generator = Generator::new(7);
        for position in 0..2_000 {
            let contract = generator.contract(position, 50);
            for field in fields() {
                let value = contract.value(&field.code).unwrap();
                assert_eq!(validate(&field, value).as_deref(), Ok(value), "{} of contract {position}", field.code);
            }
            assert!(contract.start < contract.end);
        }
    }

    #[test]
    fn the_customer_is_one_of_those_there_are() {
        let number = |position| RecordNumber::parse(&Generator::new(1).contract(position, 3).customer).unwrap().value;
        assert!((0..200).all(|position| (1..=3).contains(&number(position))));
    }

    #[test]
    fn no_index_of_a_contract_tells_too_much() {
        for field in fields().iter().filter(|field| !field.index.is_empty()) {
            let mut meter = Meter::new(field, &field.index);
            (0..400).for_each(|position| meter.take(Generator::new(1).contract(position, 10_000).value(&field.code).unwrap()));
            assert!(meter.results().iter().all(crate::text::leak::Measured::is_above_floor), "{}", field.code);
        }
    }
}
