//! Lists of codes of the road to recognition.

use super::{CodeList, codes};

/// What a unit above does on the road.
pub static ROAD_STEP: CodeList = CodeList {
    name: "road_step",
    zh: "创建程序",
    en: "step of the road to recognition",
    source: "programme",
    codes: codes![
        "first_review" "初审" "first review",
        "check" "逐项检查" "item-by-item check",
        "inspection" "检查评估" "inspection",
        "publication" "公示" "publication",
        "objection" "异议登记" "objection received",
        "acceptance" "异议受理" "acceptance of an objection",
        "answer" "异议答复" "answer to an objection",
        "decision" "认定" "decision",
        "review" "复核" "review of the decision",
        "recheck" "年度复查" "yearly re-check",
        "mend_order" "限期整改" "order to mend",
        "withdrawal" "摘牌" "withdrawal of recognition",
        "appeal_decision" "申诉答复" "decision of an appeal",
    ],
};

/// What came of it.
pub static ROAD_RESULT: CodeList = CodeList {
    name: "road_result",
    zh: "程序结果",
    en: "result of a step",
    source: "programme",
    codes: codes![
        "passed" "通过" "passed",
        "returned" "退回补正" "returned for correction",
        "refused" "不予通过" "refused",
        "meets" "达标" "meets",
        "fails" "未达标" "does not meet",
        "done" "已办" "done",
        "accepted" "受理" "accepted",
        "upheld" "成立" "upheld",
        "dismissed" "不成立" "dismissed",
        "recognised" "予以认定" "recognised",
        "falsified" "弄虚作假" "falsified",
        "not_mended" "逾期未整改" "not mended in time",
        "lapsed" "失效" "lapsed",
        "merged" "撤并" "merged",
    ],
};
