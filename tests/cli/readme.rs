//! The README's tables of standards name what enforces each control and what shows it: each name must be a test, or a command, that there is.

use std::{fs, path::Path};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// What stands between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The cells of each row of the table under a heading.
fn table<'r>(readme: &'r str, heading: &str) -> Vec<Vec<&'r str>> {
    let rows = readme.lines().skip_while(|line| !line.starts_with(heading)).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Whether a file, or one of a folder, has tests in it.
fn has_tests(path: &Path) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).is_ok_and(|found| found.flatten().any(|entry| has_tests(&entry.path())));
    }
    path.extension().is_some_and(|end| end == "rs")
        && fs::read_to_string(path).is_ok_and(|text| text.contains("#[test]") || text.contains("#[tokio::test"))
}

/// What is wrong with the last cell of a row: a bare file stands in the folder of the one before, and `::` leads to a function.
fn wrong_evidence(cell: &str) -> Vec<String> {
    let (mut wrong, mut folder) = (Vec::new(), String::new());
    for name in names(cell) {
        let (file, function) = name.split_once("::").map_or((name, None), |(file, function)| (file, Some(function)));
        let path = if file.contains('/') { file.to_owned() } else { format!("{folder}/{file}") };
        if let Some((parent, _)) = path.rsplit_once('/') {
            parent.clone_into(&mut folder);
        }
        if !has_tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)) {
            wrong.push(format!("{path} has no test"));
        } else if let Some(function) = function.filter(|function| !read(&path).contains(&format!("fn {function}("))) {
            wrong.push(format!("{path} has no function {function}"));
        }
    }
    if names(cell).is_empty() {
        wrong.push("nothing shows it".to_owned());
    }
    wrong
}

/// Commands that a cell names, `role deny` or `demo --incident`, and that have no manual page or no such option.
fn wrong_commands(cell: &str) -> Vec<String> {
    let page = |words: &[&str]| read(&format!("man/sealdesk-{}.1", words.join("-")));
    let command = |name: &&str| name.split(' ').next().is_some_and(|first| !page(&[first]).is_empty());
    let is_wrong = |name: &&str| {
        let (options, words): (Vec<&str>, Vec<&str>) = name.split(' ').partition(|word| word.starts_with("--"));
        let manual = page(&words);
        manual.is_empty() || options.iter().any(|option| !manual.contains(&option.replace('-', "\\-")))
    };
    names(cell).into_iter().filter(command).filter(is_wrong).map(|name| format!("there is no command {name}")).collect()
}

#[test]
fn what_the_tables_of_standards_name_is_there() {
    let readme = read("README.md");
    let mut wrong = Vec::new();
    for (heading, least) in [("| NIST SP 800-53 r5", 20), ("| ISO/IEC 27001:2022", 12)] {
        let rows = table(&readme, heading);
        assert!(rows.len() >= least, "{heading}: {} rows", rows.len());
        for row in rows {
            let [control, how, shown] = row.as_slice() else { panic!("{row:?} has not three cells") };
            wrong.extend(wrong_evidence(shown).into_iter().chain(wrong_commands(how)).map(|what| format!("{control}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_that_is_not_there_is_found() {
    assert_eq!(wrong_evidence("`tests/cli/readme.rs`, `readme.rs::what_the_tables_of_standards_name_is_there`"), Vec::<String>::new());
    assert_eq!(wrong_evidence("`tests/attack/nobody.rs`"), ["tests/attack/nobody.rs has no test"]);
    assert_eq!(wrong_evidence("`tests/cli/readme.rs::nothing`"), ["tests/cli/readme.rs has no function nothing"]);
    assert_eq!(wrong_evidence("see above"), ["nothing shows it"]);
    assert_eq!(wrong_evidence("`LICENSE`").len(), 1);
    assert_eq!(wrong_commands("`staff leave`, `session_user`, `demo --incident`"), Vec::<String>::new());
    assert_eq!(wrong_commands("`staff vanish`, `demo --nonsense`").len(), 2);
}
