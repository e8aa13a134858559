import pytest

from schemas import definitions


def test_every_schema_file_is_a_topic():
    files = {path.name.removesuffix(".avsc") for path in definitions.FOLDER.glob("*.avsc")}
    assert files == set(definitions.TOPICS)


def test_a_name_that_is_no_topic_is_no_path_either():
    with pytest.raises(KeyError, match="is not one of"):
        definitions.definition("../schemas/deals.raw")


@pytest.mark.parametrize("topic", definitions.TOPICS)
def test_every_field_says_what_it_means(topic):
    assert all(field["doc"].endswith(".") for field in definitions.definition(topic)["fields"])
