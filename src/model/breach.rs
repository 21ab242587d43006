//! Drafts of the two notices of a breach: to the supervisory authority (GDPR art. 33, PIPL art. 57) and to the persons concerned (art. 34). Drafts: what only
//! people can know stands in brackets.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    catalogue::{Catalogue, Language},
    id::RecordNumber,
    incident::{Incident, Item, Saw, kind_in_words},
};

/// Records that are named before the rest is only counted.
const NAMED: usize = 50;

/// What a list of what somebody saw is called.
#[must_use]
pub fn list_in_words(list: &str, language: Language) -> &'static str {
    let (en, zh) = match list {
        "revealed" => ("revealed", "已查看"),
        "fetched" => ("fetched, masked", "已取得掩码"),
        "listed" => ("listed, not opened", "仅见于列表"),
        "pages" => ("list pages", "列表页"),
        _ => ("within reach", "可查看未查看"),
    };
    if language == Language::English { en } else { zh }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Distinct records of a list; those above the reader's clearance are counted in by their lines.
fn records<'s>(seen: &'s [(String, Vec<Saw>)], list: &'s str) -> (BTreeSet<RecordNumber>, usize) {
    let lines = || seen.iter().flat_map(|(_, saw)| saw).filter(|saw| saw.list == list);
    (lines().filter_map(|saw| saw.record).collect(), lines().filter(|saw| saw.hidden).count())
}

fn counted(found: &(BTreeSet<RecordNumber>, usize), language: Language) -> String {
    let (known, hidden) = (found.0.len(), found.1);
    match (language, hidden) {
        (Language::English, 0) => format!("{known} records"),
        (Language::English, hidden) => format!("{known} records and {hidden} values of records above the reader's clearance"),
        (Language::Chinese, 0) => format!("{known} 条记录"),
        (Language::Chinese, hidden) => format!("{known} 条记录，另有高于查询者密级的 {hidden} 项"),
    }
}

fn named(found: &BTreeSet<RecordNumber>, language: Language) -> String {
    let mut names: Vec<String> = found.iter().take(NAMED).map(RecordNumber::to_string).collect();
    if found.len() > NAMED {
        names.push(match language {
            Language::English => format!("and {} more (sealdesk audit saw)", found.len() - NAMED),
            Language::Chinese => format!("另有 {} 条（sealdesk audit saw）", found.len() - NAMED),
        });
    }
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// Both notices, from the incident, its timeline, and what the people in its scope saw in `within`.
#[must_use]
pub fn draft(
    case: &Incident,
    items: &[Item],
    seen: &[(String, Vec<Saw>)],
    within: (Timestamp, Timestamp),
    catalogue: &Catalogue,
    language: Language,
) -> String {
    let (revealed, fetched, listed) = (records(seen, "revealed"), records(seen, "fetched"), records(seen, "listed"));
    let mut classes: BTreeSet<&str> = seen
        .iter()
        .flat_map(|(_, saw)| saw)
        .filter(|saw| saw.list != "pages" && saw.list != "reachable")
        .filter_map(|saw| saw.class.as_deref())
        .collect();
    classes.extend(case.scope.classes.iter().map(String::as_str));
    let name = |code: &&str| catalogue.class(code).map_or((*code).to_owned(), |class| class.label.in_language(language).to_owned());
    let kinds: Vec<String> = classes.iter().map(name).collect();
    let kinds = if kinds.is_empty() { "-".to_owned() } else { kinds.join(", ") };
    let measures: Vec<String> = items
        .iter()
        .filter(|item| matches!(item.kind.as_str(), "note" | "done" | "lesson") && !item.text.is_empty())
        .map(|item| format!("  - {} {}: {}", moment(item.at), kind_in_words(&item.kind, language), item.text))
        .collect();
    let measures = if measures.is_empty() { "  - [ ]".to_owned() } else { measures.join("\n") };
    let within = format!("{} - {}", moment(within.0), moment(within.1));
    let known = case.known_at.map_or_else(|| "[ ]".to_owned(), moment);
    let deadline = case.known_at.and_then(|at| at.checked_add(super::incident::LEGAL_CLOCK).ok()).map_or_else(|| "[ ]".to_owned(), moment);
    let [revealed_count, fetched_count, listed_count] = [&revealed, &fetched, &listed].map(|found| counted(found, language));
    let (revealed_named, number, title) = (named(&revealed.0, language), case.number, &case.title);
    match language {
        Language::English => format!(
            "DRAFT - NOTICE TO THE SUPERVISORY AUTHORITY (GDPR art. 33)\n\
             Incident {number}: {title}\n\n\
             1. Nature: [ ] (severity {})\n\
             2. Known since: {known}; to be notified by: {deadline}\n\
             3. Within: {within}\n\
             4. Categories of data: {kinds}\n\
             5. Persons concerned\n\
             \x20 - values revealed in clear: {revealed_count}\n\
             \x20 - masked values fetched, not revealed: {fetched_count}\n\
             \x20 - rows of lists and searches only: {listed_count}\n\
             \x20 - records: {revealed_named}\n\
             6. Likely consequences: [ ]\n\
             7. Measures taken\n{measures}\n\
             8. Contact: [ ]\n\n\
             ----\n\n\
             DRAFT - NOTICE TO THE PERSONS CONCERNED (GDPR art. 34)\n\n\
             On {known} we learnt that somebody had access to data about you that they should not have read. It concerns: {kinds}. \
             It happened between {within}. We have stopped it and are investigating. \
             What it may mean for you: [ ]. What you can do: [ ]. Ask us: [ ].",
            case.severity.code(),
        ),
        Language::Chinese => format!(
            "草稿：向监管部门的报告（《个人信息保护法》第五十七条）\n\
             事件 {number}：{title}\n\n\
             1. 事件性质：[ ]（等级：{}）\n\
             2. 获知时间：{known}；报告时限：{deadline}\n\
             3. 发生期间：{within}\n\
             4. 涉及的信息种类：{kinds}\n\
             5. 涉及的个人\n\
             \x20 - 明文已被查看：{revealed_count}\n\
             \x20 - 仅取得掩码、未查看明文：{fetched_count}\n\
             \x20 - 仅见于列表或搜索结果：{listed_count}\n\
             \x20 - 记录：{revealed_named}\n\
             6. 可能造成的危害：[ ]\n\
             7. 已采取的补救措施\n{measures}\n\
             8. 联系方式：[ ]\n\n\
             ----\n\n\
             草稿：向个人的通知\n\n\
             我们于 {known} 获悉，有人不当访问了您的个人信息，涉及：{kinds}；发生期间：{within}。我们已予以制止并正在调查。\
             可能的影响：[ ]。您可以采取的措施：[ ]。咨询方式：[ ]。",
            case.severity.in_words(language),
        ),
    }
}
