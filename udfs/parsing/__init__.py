"""Feed items to priced offers: what a careful reader takes from a title, a body and the fields."""
