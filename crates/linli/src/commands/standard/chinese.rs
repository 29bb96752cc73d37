//! What is wrong with a standard's text files, in Chinese: by the words in which the evaluator says it, with `{}` for what it names.

use std::borrow::Cow;

use crate::language::Language;

/// A problem in a language. What it names, be it a place or another problem, is said in that language too.
pub fn told(language: Language, problem: &str) -> Cow<'_, str> {
    match language {
        Language::English => Cow::Borrowed(problem),
        Language::Chinese => Cow::Owned(translated(problem)),
    }
}

fn translated(text: &str) -> String {
    for (english, chinese) in WORDS {
        let Some(named) = matched(english, text) else { continue };
        let mut told = String::new();
        let mut pieces = chinese.split("{}");
        told.push_str(pieces.next().unwrap_or_default());
        for (piece, name) in pieces.zip(named) {
            told.push_str(&translated(name));
            told.push_str(piece);
        }
        return told;
    }
    text.to_owned()
}

/// What stands in the places of a pattern, if a text is one of it.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = pattern.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut named = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match (pieces.peek(), piece) {
            (None, "") => rest.len(),
            (None, last) => rest.strip_suffix(last)?.len(),
            (Some(_), piece) => rest.find(piece)?,
        };
        named.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    rest.is_empty().then_some(named)
}

/// Those that say more stand before those that say less: the first one holds.
const WORDS: &[(&str, &str)] = &[
    // Places.
    ("standard.toml, line {}, {}: {}", "standard.toml 第 {} 行，{}：{}"),
    ("{}, line {}, column {}: {}", "{} 第 {} 行第 {} 列：{}"),
    ("item {}, part {}", "项目 {} 的分项 {}"),
    ("the sign-off of item {}", "项目 {} 的审核确认"),
    ("item {}", "项目 {}"),
    ("category {}", "类别 {}"),
    ("every standard", "每套标准"),
    // Files.
    (
        "the pack has {}, more than the limit of {}; split it or remove what is not needed",
        "标准文件共 {}，超过上限 {}；请拆分或删去不用的内容",
    ),
    ("{} bytes or more", "{} 字节以上"),
    ("more files", "更多文件"),
    ("the pack has the file `{}` twice; keep one", "文件“{}”重复，请留一个"),
    (
        "the pack has no file `{}`, which {} names; add it or remove the name",
        "缺少文件“{}”（由 {} 提及），请补上或删去该名称",
    ),
    (
        "nothing in standard.toml names the file `{}`; name it or remove it",
        "standard.toml 没有提及文件“{}”，请提及或删去",
    ),
    ("{} is not the TOML expected: {}", "{} 不是应有的 TOML：{}"),
    ("calendar.toml: {}", "calendar.toml：{}"),
    ("reasons.toml, {}: the reason stands twice; keep one", "reasons.toml：原因 {} 重复，请留一个"),
    (
        "reasons.toml has no text for the reason `{}`, which {} gives; add it",
        "reasons.toml 缺少原因“{}”的文字（{} 会给出它），请补上",
    ),
    (
        "{} is not the city's; a district changes thresholds in standard.toml alone",
        "{} 与市的不同；区县只能改 standard.toml 中的数值",
    ),
    // Points and rules.
    ("the points are too fine to add up exactly", "分值小数过细，无法精确相加"),
    ("the item stands twice; keep one", "项目重复，请留一个"),
    ("no category is called `{}`", "没有类别“{}”"),
    ("its parts give {} points together instead of {}", "各分项合计 {} 分，应为 {} 分"),
    ("its items give {} points together instead of {}", "各项目合计 {} 分，应为 {} 分"),
    ("{} give {} points together instead of {}", "{}合计 {} 分，应为 {} 分"),
    ("the items with a veto", "一票否决的项目"),
    ("the items carry the vetoes {}", "各项目所列的一票否决为 {}"),
    ("the items", "各项目"),
    ("it is more than the total", "超过总分"),
    (
        "points stand on every part but penalties and parts of all_parts",
        "除扣罚分项和 all_parts 的分项外，每个分项都要有分值",
    ),
    (
        "a part of an item with all_parts needs the rule all_or_nothing",
        "all_parts 项目的分项须用 all_or_nothing 规则",
    ),
    ("an item with a veto needs all_or_nothing in each part", "一票否决的项目，每个分项须用 all_or_nothing"),
    ("{} declares no rows `{}` in its head", "{} 的开头没有声明行“{}”"),
    (
        "`{}` is scored by no standard; write community or street",
        "“{}”不是评分级别，请写 community 或 street",
    ),
    ("it needs at least one part, and each under its own id", "至少要有一个分项，且 id 各不相同"),
    ("no part may be called `{}`; a reviewer's sign-off is", "分项不能叫“{}”，这是审核确认的名称"),
    (
        "below = \"{}\" is unknown; write not_applicable, passes or pending",
        "below = \"{}\" 无此取值，请写 not_applicable、passes 或 pending",
    ),
    ("a minimum of {} does not fit its {} checks", "minimum {} 与其 {} 个检查点不符"),
    (
        "it needs either checks (or slots) or open = true, not both",
        "checks（或 slots）与 open = true 须择其一",
    ),
    (
        "it needs either measure and rows (read from records) or checks, slots or open (read from findings)",
        "须写明 measure 与 rows（取自记录），或 checks、slots、open（取自检查结果）",
    ),
    ("{} slots are more than {}", "slots {} 个，超过 {} 个"),
    ("two checks have one subject", "两个检查点的 subject 相同"),
    (
        "the rule is none of all_or_nothing (at), linear (from, full), deduct or penalty (per_miss)",
        "规则须为 all_or_nothing（at）、linear（from、full）、deduct 或 penalty（per_miss）",
    ),
    (
        "the rule's numbers do not fit: rates are 0 to 1, from < full, per_miss > 0",
        "规则的数值不合：比率在 0 至 1 之间，from < full，per_miss > 0",
    ),
    // A district's.
    ("its items are not the city's, in the city's order", "项目及其顺序与市的不同"),
    ("its parts are not the city's, in the city's order", "分项及其顺序与市的不同"),
    ("the city's standard for this level is `{}`", "市在这一级的标准是“{}”"),
    ("{} is less than the city's {}", "{} 低于市的 {}"),
    ("it is not the city's", "与市的不同"),
    ("its {} is not the city's", "其 {} 与市的不同"),
    ("a minimum of {} asks for less than the city's {}", "minimum {} 比市的 {} 宽"),
    ("its {} asks for less than the city's", "其 {} 比市的宽"),
    ("at {} is lower than the city's {}", "at {} 低于市的 {}"),
    ("misses_allowed {} is more than the city's {}", "misses_allowed {} 高于市的 {}"),
    ("its rule is of another kind than the city's", "规则的种类与市的不同"),
    ("its {} not the city's", "其 {} 与市的不同"),
    ("linear rule", "linear 规则"),
    ("points are", "分值"),
    ("source is", "来源"),
    ("below is", "below"),
    ("sign_off_blocked_by is", "sign_off_blocked_by"),
    ("blocked_by is", "blocked_by"),
    // Numbers and days.
    (
        "`{}` is not an exact decimal: write up to 9 digits, a point and up to 9 digits, in quotes (\"0.80\")",
        "“{}”不是精确小数：小数点前后各不超过 9 位，写在引号中（\"0.80\"）",
    ),
    (
        "`{}` is not a fraction in lowest terms with a positive denominator, like 5/2",
        "“{}”不是最简分数（如 5/2）",
    ),
    ("the calendar is not the TOML expected: {}", "日历不是应有的 TOML：{}"),
    ("the calendar's year {} names a day that is none", "日历 {} 年中有不存在的日期"),
    ("the calendar's year {} names {}, which lies in another year", "日历 {} 年中的 {} 不在该年"),
    (
        "the calendar's year {} has the range `{}`, whose end comes before its start",
        "日历 {} 年中的区间“{}”止早于起",
    ),
    (
        "the calendar says of {} both that it is off and that it is worked; keep one",
        "日历中 {} 既放假又上班，请留一个",
    ),
    ("the calendar lists the year {} twice; keep one", "日历中 {} 年重复，请留一个"),
    (
        "`{}` is not a date between 1900-01-01 and 2199-12-31; write it like 2026-10-31",
        "“{}”不是 1900 至 2199 年间的日期，请写成 2026-10-31 的样子",
    ),
    // SQL.
    ("a measure is one query, without a semicolon", "计量文件是一条查询，不带分号"),
    ("a measure begins with SELECT", "计量文件以 SELECT 开头"),
    (
        "its head needs the lines `-- rows: …` and `-- reasons: …`",
        "开头须有 `-- rows: …` 和 `-- reasons: …` 两行",
    ),
    ("its head does not declare `{}`; add it to `-- {}:`", "开头没有声明“{}”，请加到 `-- {}:`"),
    ("`{}` is no column, as table.column, of a table by unit", "“{}”不是按单位的表的列（写作 表.列）"),
    ("`{}` is unknown; write `-- across: members`", "“{}”无此写法，请写 `-- across: members`"),
    (
        "it makes one row of those of several communities; add `-- together: table.column` with what they have in common, or `-- across: members`, to the head",
        "它把几个社区的行并成一行；请在开头加 `-- together: 表.列` 写明依据什么并，或加 `-- across: members`",
    ),
    ("a statement is CREATE TEMP TABLE … AS SELECT …", "语句须为 CREATE TEMP TABLE … AS SELECT …"),
    ("a ledger is one query, without a semicolon", "台账是一条查询，不带分号"),
    ("a ledger begins with SELECT", "台账以 SELECT 开头"),
    ("every part of a UNION returns the same columns", "UNION 的各部分返回的列须相同"),
    ("there is a table {} already; engines differ in which one they take", "已有表 {}；各引擎取用的不同"),
    ("no table goes by {} here", "此处没有表叫 {}"),
    ("there is no table {} here", "此处没有表 {}"),
    ("{} is no column; there are {}", "{} 不是列；有 {}"),
    ("{} holds {}; engines differ in what they make of {}", "{} 存的是{}；各引擎对 {} 的处理不同"),
    ("texts", "文字"),
    ("numbers", "数值"),
    ("a bracket too many", "多了一个括号"),
    ("a SELECT without a FROM", "SELECT 缺少 FROM"),
    ("every column needs a name: expression AS name", "每列须命名：表达式 AS 名称"),
    ("join instead of a query in place of a value", "不要以查询代替数值，请用连接"),
    (
        "a condition is no value in every engine; write CASE WHEN … THEN 1 ELSE 0 END",
        "条件在有的引擎中不是数值，请写 CASE WHEN … THEN 1 ELSE 0 END",
    ),
    ("the arms of a CASE give texts or numbers, not both", "CASE 的各分支须同为文字或同为数值"),
    ("group by columns, not by their numbers", "按列分组，不要写列号"),
    ("{} is neither grouped by nor in an aggregate", "{} 既不在分组中，也不在聚合中"),
    ("a measure returns {}, in that order", "计量文件依次返回 {}"),
    ("write CAST(… AS BIGINT) AS hit, and AS weight too", "请写 CAST(… AS BIGINT) AS hit，weight 亦然"),
    ("`{}` is not portable here; see the rules in the README", "“{}”在此不可移植，规则见 README"),
    ("{} is not portable or not reproducible; {}", "{} 不可移植或结果不能重现；{}"),
    ("compare SUBSTR with a code", "请以 SUBSTR 与代码比较"),
    ("the order of rows means nothing; use MIN or MAX and join back", "行序没有意义，请用 MIN 或 MAX 再连接"),
    ("group and join back", "请分组后再连接"),
    ("join by equality, with ON, and group", "请用 ON 作等值连接并分组"),
    ("make a derived table", "请建派生表"),
    ("use CASE", "请用 CASE"),
    ("use COALESCE, or IS NULL", "请用 COALESCE 或 IS NULL"),
    ("use 1 and 0", "请用 1 和 0"),
    ("use integers", "请用整数"),
    ("sum and count, and let the rule divide", "只求和、计数，由规则去除"),
    ("the same records have to give the same rows", "同样的记录须得出同样的行"),
    ("use day numbers, and param.as_of_n for today", "请用日序数，今天用 param.as_of_n"),
    ("codes are equal or not; their order means nothing", "代码只论相等，次序没有意义"),
    ("a pack only selects", "标准文件只做查询"),
    ("{} is no integer; multiply both sides instead", "{} 不是整数，请两边同乘"),
    ("name the columns instead of *", "请列出各列，不用 *"),
    ("join instead of IN (SELECT …)", "请用连接代替 IN (SELECT …)"),
    (
        "engines differ in what may follow IS; write IS NULL, IS NOT NULL or =",
        "IS 之后各引擎所许不同，请写 IS NULL、IS NOT NULL 或 =",
    ),
    ("engines keep the word {} for themselves; choose another name", "{} 是引擎的保留字，请换一个名称"),
    (
        "write {} with its table, as in {}; tables are joined by JOIN, not by a comma",
        "{} 请带表名，如 {}；表用 JOIN 连接，不用逗号",
    ),
    (
        "engines order texts differently; compare day numbers or codes by equality",
        "各引擎的文字次序不同，请比较日序数，或按相等比较代码",
    ),
    ("write = instead of ==", "请写 =，不写 =="),
    (
        "a day number is compared with a number; engines differ in what a text becomes",
        "日序数须与数值比较，各引擎对文字的转换不同",
    ),
    ("{} of two values is not portable; use CASE", "两个值的 {} 不可移植，请用 CASE"),
    (
        "write CAST(SUM(…) AS BIGINT): engines differ in the type of a sum",
        "请写 CAST(SUM(…) AS BIGINT)，各引擎的和类型不同",
    ),
    ("cast to BIGINT alone", "只转换为 BIGINT"),
    (
        "engines agree on SUBSTR only from a fixed place, 1 or more, and over a fixed length",
        "SUBSTR 须从固定位置（1 起）取固定长度",
    ),
    ("{} is not in every engine, or not the same; there are {}", "{} 不是各引擎都有，或各不相同；可用 {}"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The files in which problems are worded.
    const SOURCES: [&str; 12] = [
        include_str!("../../../../eval/src/lint.rs"),
        include_str!("../../../../eval/src/lint/schema.rs"),
        include_str!("../../../../eval/src/lint/select.rs"),
        include_str!("../../../../eval/src/lint/token.rs"),
        include_str!("../../../../eval/src/lint/words.rs"),
        include_str!("../../../../eval/src/standard/check.rs"),
        include_str!("../../../../eval/src/standard/load.rs"),
        include_str!("../../../../eval/src/standard/problem.rs"),
        include_str!("../../../../eval/src/standard/tighten.rs"),
        include_str!("../../../../eval/src/ratio.rs"),
        include_str!("../../../../eval/src/calendar.rs"),
        include_str!("../../../../eval/src/date.rs"),
    ];
    /// Texts in them that nobody is told.
    const OTHERS: [&str; 7] = [
        "-- rows:",
        "-- reasons:",
        "-- together:",
        "-- across:",
        "a test reads the dictionary of this tree",
        "the source is for the people who read the file",
        "{}, line {}, column {}: {}",
    ];

    /// The texts in quotes of a source that have several words, each place as `{}`.
    fn texts(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let (mut texts, mut text, mut escaped) = (Vec::new(), None::<String>, false);
        for sign in code.join("\n").chars() {
            match (&mut text, sign) {
                (Some(found), sign) if escaped => {
                    escaped = false;
                    if sign != '\n' {
                        found.push(sign);
                    }
                }
                (Some(_), '\\') => escaped = true,
                (Some(found), '"') => {
                    texts.push(found.split_whitespace().collect::<Vec<_>>().join(" "));
                    text = None;
                }
                (Some(found), sign) => found.push(sign),
                (None, '"') => text = Some(String::new()),
                (None, _) => {}
            }
        }
        let words =
            |text: &String| text.contains(' ') && text.chars().filter(char::is_ascii_lowercase).count() > 1;
        texts.into_iter().filter(words).map(|text| places(&text)).collect()
    }

    fn places(text: &str) -> String {
        let mut pieces = text.split('{');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |told, piece| {
            format!("{told}{{}}{}", piece.split_once('}').map_or("", |(_, rest)| rest))
        })
    }

    #[test]
    fn every_problem_of_a_pack_has_its_words_in_chinese() {
        let all: Vec<String> = SOURCES.iter().flat_map(|source| texts(source)).collect();
        assert!(all.len() > 90, "{all:#?}");
        let filled = |text: &String| text.replace("{}", "x1");
        let missing: Vec<&String> = all
            .iter()
            .filter(|text| !OTHERS.contains(&text.as_str()))
            .filter(|text| translated(&filled(text)) == filled(text))
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
        for (english, chinese) in WORDS {
            assert_eq!(english.matches("{}").count(), chinese.matches("{}").count(), "{english}");
        }
    }

    #[test]
    fn a_problem_is_told_with_its_place_and_what_it_names() {
        for (english, chinese) in [
            (
                "standard.toml, line 12, item C10, part placed: at 0.84 is lower than the city's 0.85",
                "standard.toml 第 12 行，项目 C10 的分项 placed：at 0.84 低于市的 0.85",
            ),
            (
                "measures/placed.sql, line 5, column 9: LIKE is not portable or not reproducible; compare SUBSTR with a code",
                "measures/placed.sql 第 5 行第 9 列：LIKE 不可移植或结果不能重现；请以 SUBSTR 与代码比较",
            ),
            ("something new", "something new"),
        ] {
            assert_eq!(told(Language::Chinese, english), chinese);
            assert_eq!(told(Language::English, english), english);
        }
    }
}
