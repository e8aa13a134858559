import datetime
import tomllib

import pytest

from scripts import audit

TODAY = datetime.date(2026, 11, 28)
REVIEW = {
    "reviewed": TODAY,
    "pypi": {"anyio": "4.1", "numpy": "2.0 2.1"},
    "maven": {"io.x:y": "1"},
    "advisory": [{"id": "CVE-1", "package": "anyio", "version": "4.1", "reason": "not called"}],
}
USED = {"pypi": {"anyio": {"4.1"}, "numpy": {"2.0", "2.1"}}, "maven": {"io.x:y": {"1"}}}


def found(review=REVIEW, used=USED, today=TODAY):
    return list(audit.findings(used, review, today))


def test_what_is_used_here_is_reviewed():
    review = tomllib.loads(audit.REVIEW.read_text("utf-8"))
    used = audit.used_here()
    assert list(audit.findings(used, review, review["reviewed"])) == []
    assert len(used["pypi"]) > 100
    assert {"org.apache.kafka:kafka-clients", "org.opensearch:opensearch"} <= used["maven"].keys()


def test_every_accepted_advisory_has_its_reason():
    for advisory in tomllib.loads(audit.REVIEW.read_text("utf-8"))["advisory"]:
        assert set(advisory) == {"id", "package", "version", "fixed", "reason"}
        assert len(advisory["reason"]) > 15


def test_a_version_that_nobody_reviewed_is_told():
    used = {"pypi": USED["pypi"] | {"anyio": {"4.2"}}, "maven": {"io.x:y": {"1", "2"}}}
    assert found(used=used) == [
        "pypi anyio 4.2 is used and not reviewed",
        "pypi anyio 4.1 is reviewed and not used any more",
        "maven io.x:y 2 is used and not reviewed",
        "CVE-1 is about anyio 4.1, which is not used any more",
    ]


def test_a_package_that_is_new_or_gone_is_told():
    used = {"pypi": {"anyio": {"4.1"}, "numpy": {"2.0"}, "six": {"1"}}, "maven": USED["maven"]}
    assert found(used=used) == [
        "pypi numpy 2.1 is reviewed and not used any more",
        "pypi six 1 is used and not reviewed",
    ]


@pytest.mark.parametrize("days", [-1, audit.MAX_AGE_DAYS + 1])
def test_a_review_that_is_old_or_of_the_future_is_told(days):
    (line,) = found(today=TODAY + datetime.timedelta(days))
    assert "look again" in line
    assert found(today=TODAY + datetime.timedelta(audit.MAX_AGE_DAYS)) == []


def test_a_finding_is_exit_1_and_none_is_exit_0(monkeypatch, capsys):
    assert audit.main([]) in (0, 1)  # 1 once the review is old
    monkeypatch.setattr(audit, "used_here", lambda: {"pypi": {}, "maven": {}})
    assert audit.main([]) == 1
    assert "is reviewed and not used any more" in capsys.readouterr().out


def test_a_pom_names_dependencies_boms_plugins_and_what_it_copies():
    pom = """<project xmlns="http://maven.apache.org/POM/4.0.0">
      <groupId>own</groupId><artifactId>own</artifactId><version>9</version>
      <properties><x.version>1.2</x.version></properties>
      <dependencies>
        <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${x.version}</version></dependency>
        <dependency><groupId>g</groupId><artifactId>of-a-bom</artifactId></dependency>
      </dependencies>
      <build><plugins><plugin><artifactId>p</artifactId><version>3</version></plugin></plugins></build>
    </project>"""
    assert audit.declared(pom) == {"g:a": {"1.2"}, "org.apache.maven.plugins:p": {"3"}}
    with pytest.raises(ValueError, match=r"\$\{x.version\} names no property"):
        audit.declared(pom.replace("<x.version>1.2</x.version>", "<y>1</y>"))
