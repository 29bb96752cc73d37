//! What a unit keeps about work and the public: vacancies, boards, complaints, publicity.

use linli_wire::Channel;

use super::FieldType::{Code, Date, Document, Flag, Int, Text};
use super::{ATTACHMENTS, Kind, fields};
use crate::codes;

/// An employer's vacancy. In a unit's records it is the unit's own; in a hub's notices it is there for
/// everyone below.
pub static VACANCY: Kind = Kind {
    code: 14,
    name: "vacancy",
    zh: "用工信息",
    en: "vacancy",
    schema: 1,
    channels: &[Channel::Records, Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["employer", "start"],
    fields: fields![
        "employer" "用人单位" "employer" Text;
        "trade" "工种" "trade" Text;
        "openings" "招用人数" "openings" Int { min: 0, max: 100_000 };
        "pay" "月薪" "monthly pay, yuan" Int { min: 0, max: 10_000_000 };
        "place" "工作地点" "place of work" Text;
        "start" "发布日期" "posted on" Date;
        "end" "截止日期" "last day" Date;
        "source" "来源" "source" Text;
        "source_no" "来源编号" "number at the source" Text;
        "contact" "联系方式" "contact" Text;
        "evidence" "证明" "evidence" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// Something put up on a board or shown on a display.
pub static POSTING: Kind = Kind {
    code: 15,
    name: "posting",
    zh: "宣传发布",
    en: "posting",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["board", "start"],
    fields: fields![
        "board" "发布栏" "board" Code(&codes::BOARD);
        "title" "标题" "title" Text;
        "start" "张贴日期" "put up on" Date;
        "end" "撤下日期" "last day" Date;
        "vacancy" "岗位" "vacancy shown" Document;
        "evidence" "证明" "evidence" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// A complaint or a public assessment, and what came of it.
pub static COMPLAINT: Kind = Kind {
    code: 25,
    name: "complaint",
    zh: "投诉与评议",
    en: "complaint",
    schema: 1,
    channels: &[Channel::Records, Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["what", "day"],
    fields: fields![
        "kind" "类别" "kind" Code(&codes::COMPLAINT_KIND);
        "day" "日期" "made on" Date;
        "what" "内容" "what about" Text;
        "result" "处理结果" "result" Code(&codes::COMPLAINT_RESULT);
        "result_day" "办结日期" "decided on" Date;
        "note" "说明" "note" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// An exemplar, a campaign or an article.
pub static PUBLICITY: Kind = Kind {
    code: 26,
    name: "publicity",
    zh: "宣传与典型",
    en: "publicity",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["kind", "day"],
    fields: fields![
        "kind" "类别" "kind" Code(&codes::PUBLICITY_KIND);
        "day" "日期" "on" Date;
        "title" "标题" "title" Text;
        "level" "采用级别" "level at which it was used" Code(&codes::LEVEL);
        "outlet" "采用媒体" "used by" Text;
        "person" "典型人员" "person" Document;
        "consent" "本人同意" "the person consented" Flag;
        "evidence" "证明" "evidence" Text;
    ],
    collections: &[ATTACHMENTS],
};
