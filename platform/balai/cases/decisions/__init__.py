"""What a region decided because of what people reported and proposed, and telling them so: "Anda melapor, kami ubah"."""
